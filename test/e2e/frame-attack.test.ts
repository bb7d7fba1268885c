/** Another page of this machine cannot show ours in a frame, nor speak to it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { expect, scenario } from './frame.ts';

scenario('B4 is not shown in a frame of another page', async ({ start }) => {
  const app = await start({ files: { 'README.md': '# Framed\n' } });
  const other = await stranger(`<iframe src="${app.server().origin}/"></iframe>`);
  const page = await app.profile.context.newPage();
  const refused = page.waitForEvent('console', (message) => /frame|403/i.test(message.text()));
  await page.goto(other);
  await refused;
  expect(page.frames().map((frame) => frame.url())).not.toContain(`${app.server().origin}/`);
  app.profile.expectComplaint(/frame|403/i); // the browser tells that it was refused
});

scenario('B5 answers nothing to another page of this machine', async ({ start }) => {
  const app = await start({ files: { 'README.md': '# Asked\n' } });
  await (await app.openTrusted()).close();
  const page = await app.profile.context.newPage();
  await page.goto(await stranger('<p>stranger</p>'));
  const answers = await page.evaluate(async (origin) => {
    const ask = (path: string, init: RequestInit) =>
      fetch(`${origin}${path}`, { credentials: 'include', ...init }).then(
        (answer) => `read ${answer.status}`,
        () => 'refused',
      );
    const json = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    return Promise.all([ask('/api/workspace', {}), ask('/api/sessions', json), ask('/', {})]);
  }, app.server().origin);
  expect(answers).toEqual(['refused', 'refused', 'refused']);
  app.profile.complaints.length = 0; // the browser tells of each request that it did not let the stranger read
});

/** A page on a port of its own; its address. */
async function stranger(html: string): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Stranger</title>${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
