/** How long the page takes to show a long session, and what it holds in memory then. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureChromium } from '../scripts/chromium.mjs';
import { openStore } from '../server/store/store.ts';
import { benchSeals } from './parts/seals.ts';
import { newMessageId, newTurnId, type SessionId } from '../shared/ids.ts';
import { makePlace, type Place } from '../test/e2e/place.ts';
import { serve } from '../test/e2e/program.ts';
import { figure, inTurns, type Bench } from './measure.ts';

const LONG = 10_000;
const SHORT = 10;
const LAST = 'These are the last words.';
const MIB = 1024 * 1024;

export const page: Bench = {
  name: 'page',
  about: `From the address of a session to its last message on the screen and the composer ready, in Chromium, logged in: a session of ${LONG} messages. Baseline: the same of one with ${SHORT}. The heap is the page's, after a collection.`,
  rounds: 7,
  async run(rounds) {
    const place = await makePlace({ 'README.md': '# A project\n' });
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    try {
      return await measure(place, browser, rounds);
    } finally {
      await browser.close();
      await place.remove();
    }
  },
};

async function measure(place: Place, browser: Browser, rounds: number) {
  await (await serve(place, { args: ['--demo'], env: {}, port: 0 })).stop();
  const [long, short] = await seed(place);
  const server = await serve(place, { args: ['--demo'], env: {}, port: 0 });
  try {
    const tab = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await tab.goto(server.ready.url);
    await tab.getByRole('button', { name: 'Trust workspace' }).click();
    await tab.getByRole('textbox', { name: 'Message' }).waitFor();
    const heap: number[] = [];
    const times = await inTurns(rounds, {
      ours: async () => {
        const ms = await opening(tab, `${server.origin}/?session=${long}`);
        heap.push(await heapMib(tab));
        return ms;
      },
      baseline: () => opening(tab, `${server.origin}/?session=${short}`),
    });
    return [
      figure({
        what: `a session of ${LONG} messages opened, to interactive`,
        unit: 'ms',
        samples: times.ours,
        baseline: { what: `a session of ${SHORT} messages`, samples: times.baseline },
        goal: { of: 'value', atMost: 1000 },
      }),
      figure({
        what: 'heap of the page then',
        unit: 'MiB',
        samples: heap.slice(1),
        goal: { of: 'value', atMost: 150 },
      }),
    ];
  } finally {
    await server.stop();
  }
}

/** Two sessions in the state that the stopped server left: a long one and a short one. */
async function seed(place: Place): Promise<[SessionId, SessionId]> {
  const state = join(place.home, '.state/vtcode');
  const [dir] = (await readdir(state, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (!dir) throw new Error(`there is no state of a workspace in ${state}`);
  const store = await openStore(join(state, dir.name), benchSeals(place.home));
  try {
    return [write(store, LONG), write(store, SHORT)];
  } finally {
    store.close();
  }
}

function write(store: Awaited<ReturnType<typeof openStore>>, messages: number): SessionId {
  const session = store.sessions.create(`${messages} messages`, 'system');
  for (let i = 0; i < messages; i += 2) {
    const at = { session, turn: newTurnId() };
    const [messageId, answerId] = [newMessageId(), newMessageId()];
    const say = (text: string) => ({ messageId, text, delivery: 'start' as const });
    store.log.record({ type: 'message.user', data: say(`Question ${i}: what does it do?`), ...at, actor: 'system' });
    const text = i + 2 >= messages ? LAST : `It adds **two numbers**:\n\n\`\`\`ts\nreturn a + b; // ${i}\n\`\`\`\n`;
    store.log.record({
      type: 'message.assistant',
      data: { messageId: answerId, provider: 'bench', model: 'bench', parts: [{ type: 'text', text }], stop: 'end' },
      ...at,
      actor: 'agent:bench',
    });
    store.log.record({
      type: 'turn.completed',
      data: { steps: 1, toolCalls: 0, stop: 'end' },
      ...at,
      actor: 'system',
    });
  }
  return session;
}

async function opening(tab: Page, url: string): Promise<number> {
  const started = performance.now();
  await tab.goto(url);
  await tab.getByRole('log', { name: 'Conversation' }).getByText(LAST).waitFor();
  await tab.getByRole('textbox', { name: 'Message' }).waitFor();
  return performance.now() - started;
}

async function heapMib(tab: Page): Promise<number> {
  const session = await tab.context().newCDPSession(tab);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / MIB;
}
