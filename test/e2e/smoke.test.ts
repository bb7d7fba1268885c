/** The first minute of a new user: one command, one link, a page that asks whether this workspace is trusted. */
import { expect, scenario } from './frame.ts';

const files = {
  'README.md': '# A small project\n',
  'src/add.ts': 'export const add = (a: number, b: number) => a + b;\n',
};

scenario('opens by its one-time link and asks about trust before anything else', async ({ start }) => {
  const app = await start({ files });
  expect(app.server().ready).toMatchObject({ ready: true, workspace: app.place.workspace });
  const page = await app.open();
  await page.getByRole('button', { name: 'Trust workspace' }).waitFor();
  expect(new URL(page.url()).hash, 'the code is taken out of the address').toBe('');
});

scenario('takes a link once only', async ({ start }) => {
  const app = await start({ files });
  const page = await app.open();
  await page.getByRole('button', { name: 'Trust workspace' }).waitFor();
  const code = new URL(app.server().ready.url).hash.replace('#code=', '');
  const again = await fetch(`${app.server().origin}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  expect(again.status).toBe(401);
});

scenario(
  'needs no second link for a second tab, and another browser gets one from the command line',
  async ({ start }) => {
    const app = await start({ files });
    const first = await app.open();
    await first.getByRole('button', { name: 'Trust workspace' }).waitFor();
    const second = await app.open();
    await second.getByRole('button', { name: 'Trust workspace' }).waitFor();
    const other = await app.anotherBrowser();
    await other.page.getByRole('button', { name: 'Trust workspace' }).waitFor();
  },
);

scenario('stops cleanly when it is told to', async ({ start }) => {
  const app = await start({ files });
  expect(await app.server().stop('SIGTERM')).toBe(0);
});
