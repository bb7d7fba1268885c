/** What the program itself costs a tool call: a whole turn over HTTP, with a model that answers at once. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { makePlace, type Place } from '../test/e2e/place.ts';
import { serve, type Server } from '../test/e2e/program.ts';
import { login, type Client } from './client.ts';
import { figure, type Bench, type Figure } from './measure.ts';

const FILES = 20;

/** Calls in one answer of the model, and how many such answers: within the limits of a turn. */
const SHAPES = [
  { calls: 1, answers: 190, what: 'one call an answer' },
  { calls: 48, answers: 4, what: 'forty-eight reads an answer, side by side' },
];

type Measured = (typeof SHAPES)[number] & { rounds: number };

export const loop: Bench = {
  name: 'loop',
  about:
    'A turn of some two hundred reads of small files, from the message to turn.completed on the stream, each call planned, judged, performed and recorded. Baseline: the same files read by fs alone. The figure is what is left a call without it.',
  rounds: 5,
  async run(rounds) {
    const files = Object.fromEntries(
      Array.from({ length: FILES }, (_, i) => [`src/${i}.ts`, `export const a = ${i};\n`]),
    );
    const place = await makePlace(files);
    try {
      const figures: Figure[] = [];
      for (const shape of SHAPES) figures.push(await measure(place, { ...shape, rounds }));
      return figures;
    } finally {
      await place.remove();
    }
  },
};

async function measure(place: Place, { calls, answers, what, rounds }: Measured): Promise<Figure> {
  const script = join(place.home, 'script.json');
  await writeFile(script, JSON.stringify({ version: 1, turns: turnsOf(calls, answers) }));
  const server = await serve(place, { args: ['--script', script], env: {}, port: 0 });
  try {
    const client = await login(server);
    const count = calls * answers;
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const whole = await turn(server, client, count);
      const least = await reads(place, count);
      if (round === 0) continue;
      ours.push((whole - least) / count);
      bare.push(least / count);
    }
    return figure({
      what: `overhead a tool call, ${what}`,
      unit: 'ms',
      samples: ours,
      baseline: { what: 'fs.readFile alone', samples: bare },
      goal: { of: 'value', atMost: 2 },
    });
  } finally {
    await server.stop();
  }
}

function turnsOf(calls: number, answers: number): object[] {
  const call = (n: number) => ({ name: 'read_file', args: { path: pathOf(n) } });
  const answer = (_: unknown, n: number) => ({ calls: Array.from({ length: calls }, (__, i) => call(n * calls + i)) });
  return [...Array.from({ length: answers }, answer), { text: 'Done.' }];
}

const pathOf = (n: number) => `src/${n % FILES}.ts`;

/** Milliseconds of one turn in a session of its own. Throws where not every call was answered well. */
async function turn(server: Server, client: Client, count: number): Promise<number> {
  const { id } = await client.post<{ id: string }>('/api/sessions', { commandId: randomUUID() });
  const stream = await client.events(`?sessions=${id}`);
  const started = performance.now();
  await client.post(`/api/sessions/${id}/messages`, { commandId: randomUUID(), text: 'Read them all' });
  let good = 0;
  for await (const event of stream.events()) {
    if (event.type === 'tool.answered' && event.data['isError'] === false) good += 1;
    if (event.type === 'turn.failed' || event.type === 'turn.interrupted')
      throw new Error(`the turn ended with ${event.type}: ${JSON.stringify(event.data)}\n${server.stderr()}`);
    if (event.type === 'turn.completed') break;
  }
  const ms = performance.now() - started;
  stream.close();
  if (good !== count) throw new Error(`${good} of ${count} calls were answered well`);
  return ms;
}

async function reads(place: Place, count: number): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < count; n++) await readFile(join(place.workspace, pathOf(n)));
  return performance.now() - started;
}
