/** The stream breaks again and again under a busy session: what the page shows in the end is what a fresh one shows. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { LONG } from '../long.ts';
import { expect, scenario, type App, type Client } from './frame.ts';
import { openLine } from './line.ts';

/** How often the stream breaks in all: 25 times in `npm test`, 250 times in a long run. */
const BREAKS = LONG ? 250 : 25;
/** What a page reads at once holds a session of so many turns, with room. */
const TURNS = 6;
const PATIENT = { timeout: 30_000, interval: 50 };

scenario('shows the same as a fresh page after the stream broke in the middle of everything', async ({ start }) => {
  const line = await openLine();
  onTestFinished(() => line.close());
  const files = { 'a.txt': text('a'), 'b.txt': text('b'), 'script.json': script() };
  const app = await start({ files, args: ['--script', 'script.json'], through: line.address });
  await app.profile.context.addInitScript(recordEvents);
  await (await app.openTrusted()).close();
  const client = await app.client();
  const other = await app.anotherBrowser();
  while (line.cuts() < BREAKS) {
    for (let i = 0; i < TURNS; i++) await rm(join(app.place.workspace, `new${i}.txt`), { force: true });
    const { body } = await client.send('POST', '/api/sessions', { commandId: randomUUID() });
    const { id } = body as { id: string };
    const page = await app.open(`/?session=${id}`);
    await connected(page);
    const enough = Math.min(BREAKS, line.cuts() + 25);
    line.breakAfter({ from: 1, to: 16_000 });
    for (let nth = 0; nth < TURNS && line.cuts() < enough; nth++) await turn(client, id, `message ${nth}`);
    line.hold();
    await turn(client, id, 'The last message');
    await same(page, other.page, { app, id });
    await wholeEvents(page, client, id);
    await page.close();
  }
  // The browser reports each connection that broke, as it must.
  expect(app.profile.complaints.filter((complaint) => !/net::ERR_/.test(complaint))).toEqual([]);
  app.profile.complaints.length = 0;
});

const text = (letter: string) => `${Array.from({ length: 30 }, (_, i) => `${letter}${i}`).join('\n')}\n`;

/** Thinks, reads, tells, edits, runs and tells of it slowly, over and over. */
function script(): string {
  const call = (name: string, args: unknown) => ({ name, args });
  const slowly = { chunk: 3, delayMs: 1 };
  const words = (word: string) => Array.from({ length: 60 }, (_, i) => `${word}${i}`).join(' ');
  const round = (i: number) => [
    {
      ...{ reasoning: words(`thought${i}-`), text: words(`said${i}-`), ...slowly },
      calls: [call('read_file', { path: 'a.txt' }), call('search_text', { pattern: 'b1' })],
    },
    { text: words('edit'), ...slowly, calls: [call('write_file', { path: `new${i}.txt`, content: text(`n${i}-`) })] },
    { calls: [call('edit_file', { path: 'a.txt', old: 'a7\n', new: `a7\nmore ${i}\n` })] },
    {
      calls: [call('run_command', { command: 'touch seen; for i in $(seq 40); do echo "line $i"; sleep 0.01; done' })],
    },
    {
      calls: [call('update_plan', { steps: [{ text: `step ${i}`, state: 'active' }] })],
      text: words('plan'),
      ...slowly,
    },
    { text: `${words('end')} **done ${i}**`, ...slowly },
  ];
  return JSON.stringify({ version: 1, turns: Array.from({ length: 40 }, (_, i) => round(i)).flat() });
}

/** One message and all that comes of it: of what is asked, each third is denied. */
async function turn(client: Client, id: string, words: string): Promise<void> {
  const sent = await client.send('POST', `/api/sessions/${id}/messages`, { commandId: randomUUID(), text: words });
  expect(sent.status).toBe(202);
  let asked = 0;
  await expect
    .poll(async () => {
      const { body } = await client.send('GET', '/api/approvals');
      for (const { id: approval, digest } of (body as { approvals: { id: string; digest: string }[] }).approvals) {
        const answer = asked++ % 3 === 2 ? 'deny' : 'allow-once';
        const commandId = randomUUID();
        expect((await client.send('POST', `/api/approvals/${approval}`, { commandId, digest, answer })).status).toBe(
          202,
        );
      }
      const session = await client.send('GET', `/api/sessions/${id}`);
      return (session.body as { session: { state: string } }).session.state;
    }, PATIENT)
    .toBe('rested');
}

const connected = (page: Page) =>
  page.getByRole('status', { name: 'Connection' }).getByText('Connected').waitFor({ timeout: PATIENT.timeout });

async function same(page: Page, fresh: Page, { app, id }: { app: App; id: string }): Promise<void> {
  await connected(page);
  await fresh.goto(`${app.server().origin}/?session=${id}`);
  await connected(fresh);
  await fresh.getByRole('log', { name: 'Conversation' }).getByText('The last message').waitFor();
  for (const part of ['Conversation', 'Changes', 'Sessions'])
    await expect
      .poll(async () => {
        const [shown, expected] = await Promise.all([shownIn(page, part), shownIn(fresh, part)]);
        return shown === expected ? 'the same' : { shown, expected };
      }, PATIENT)
      .toBe('the same');
}

/** What stands in a part of the page, but for who answered a request: that is told to who was there when it was asked. */
const shownIn = (page: Page, label: string): Promise<string> =>
  page.evaluate((name) => {
    const part = document.querySelector(`[aria-label="${name}"]:not([role="tab"])`)!.cloneNode(true) as HTMLElement;
    for (const fact of part.querySelectorAll('.tool > .fact')) fact.remove();
    return part.textContent.replace(/\s+/g, ' ');
  }, label);

/** Keeps the number of each event that comes to a tab, in the order in which they come. */
function recordEvents(): void {
  const seen: number[] = [];
  Object.assign(globalThis, { seenEvents: seen });
  const Real = globalThis.SharedWorker;
  globalThis.SharedWorker = class extends Real {
    constructor(...words: ConstructorParameters<typeof SharedWorker>) {
      super(...words);
      this.port.addEventListener('message', ({ data }: MessageEvent) => {
        if (data.kind === 'items') for (const item of data.items) if (item.kind === 'event') seen.push(item.event.seq);
      });
    }
  };
}

/** No event came twice and none is missing, from the first that came to the last there is. */
async function wholeEvents(page: Page, client: Client, id: string): Promise<void> {
  const { body } = await client.send('GET', `/api/sessions/${id}`);
  const { events } = body as { events: { seq: number }[] };
  const came = await page.evaluate(() => (globalThis as unknown as { seenEvents: number[] }).seenEvents);
  expect(came.length).toBeGreaterThan(100);
  expect(came).toEqual(came.map((_, place) => came[0]! + place));
  expect(came.at(-1)).toBeGreaterThanOrEqual(events.at(-1)!.seq);
}
