/** How long a session takes to be exported: every event rendered, masked where that is asked, and signed for. */
import { generateKeyPairSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { signerOf } from '../server/base/signer.ts';
import { exportSession } from '../server/store/export/export.ts';
import { eventLine } from '../server/store/md/file.ts';
import { recordBatch } from '../server/store/md/render.ts';
import { createRedaction } from '../server/store/redaction.ts';
import type { SessionInfo } from '../shared/api.ts';
import type { SessionEvent } from '../shared/event.ts';
import { newCallId, newMessageId } from '../shared/ids.ts';
import type { ExportFormat } from '../shared/receipt.ts';
import { seal, type Told } from '../test/fixtures/sealed.ts';
import { figure, inTurns, type Bench, type Figure, type Goal } from './measure.ts';

const EVENTS = 10_000;
const signer = signerOf(generateKeyPairSync('ed25519').privateKey);

export const exporting: Bench = {
  name: 'export',
  about: `A session of ${EVENTS} events, of messages with prose and code, thoughts, calls and results, exported whole with a receipt. Baseline: JSON.stringify of each of the same events. Besides, the text that is written beside the database while a session runs, a batch of 50 events at a time.`,
  rounds: 5,
  async run(rounds) {
    const events = seal(told());
    const baseline = async () => timed(() => void events.map((event) => JSON.stringify(event)));
    const measured = async (what: string, ours: () => Promise<number>, goal?: Goal): Promise<Figure> => {
      const samples = await inTurns(rounds, { ours, baseline });
      const facts = { what, unit: 'ms', samples: samples.ours };
      const beside = { what: 'JSON.stringify of each event', samples: samples.baseline };
      return figure(goal ? { ...facts, baseline: beside, goal } : { ...facts, baseline: beside });
    };
    const second: Goal = { of: 'value', atMost: 1_000 };
    const figures: Figure[] = [];
    for (const format of ['md', 'json', 'html'] as const)
      figures.push(await measured(`export as ${format}`, () => exported(events, format, false), second));
    figures.push(await measured('export as md, redacted', () => exported(events, 'md', true), second));
    figures.push(await measured('written beside the database', () => written(events)));
    return figures;
  },
};

function told(): Told[] {
  const prose =
    'Some *words* on `code`, a list:\n\n- one\n- two\n\n```ts\nconst a = 1;\n```\n\nAnd the rest of the paragraph.';
  const exchange = (n: number): Told[] => {
    const [messageId, callId] = [newMessageId(), newCallId()];
    const args = { kind: 'json' as const, value: { path: `src/${n}.ts` } };
    return [
      { type: 'message.user', data: { messageId: newMessageId(), text: `${prose} ${n}`, delivery: 'start' } },
      { type: 'message.reasoning', data: { messageId, at: 0, text: prose.repeat(2), opaque: null } },
      {
        type: 'message.assistant',
        data: {
          messageId,
          provider: 'p',
          model: 'm',
          stop: 'tools',
          parts: [
            { type: 'text', text: prose },
            { type: 'tool_call', callId, name: 'read_file', args },
          ],
        },
      },
      { type: 'tool.called', data: { callId, messageId, name: 'read_file' } },
      { type: 'tool.answered', data: { callId, isError: false, content: `line ${n}\n`.repeat(60), truncated: false } },
    ];
  };
  const exchanges = Array.from({ length: EVENTS / 5 }, (_, n) => exchange(n)).flat();
  return [{ type: 'session.created', data: { title: 'A long session' } }, ...exchanges.slice(1)];
}

async function exported(events: readonly SessionEvent[], format: ExportFormat, isRedacted: boolean): Promise<number> {
  const at = events[0]!.at;
  const session = { id: events[0]!.chain, title: 'A long session', createdAt: at, updatedAt: at } as SessionInfo;
  const facts = { known: ['a-key-that-is-held'], home: '/home/ann', root: '/srv/a', host: 'bench', user: '', keep: [] };
  const redaction = isRedacted ? createRedaction(facts) : null;
  const started = performance.now();
  let length = 0;
  const rest = { signer, version: '0', madeAt: at, blobs: null };
  for await (const piece of exportSession({ session, events, format, redaction, ...rest })) length += piece.length;
  if (length < events.reduce((sum, event) => sum + eventLine(event).length, 0) / 3) throw new Error('it was not whole');
  return performance.now() - started;
}

async function written(events: readonly SessionEvent[]): Promise<number> {
  return timed(() => {
    for (let i = 0; i < events.length; i += 50) recordBatch(events.slice(i, i + 50));
  });
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
