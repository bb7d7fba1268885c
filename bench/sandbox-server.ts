/** What a command of the agent costs in the running server: a whole step, recorded; and memory while a gigabyte is printed. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { makePlace, type Place } from '../test/e2e/place.ts';
import { serve, type Server } from '../test/e2e/program.ts';
import { login, type Client } from './client.ts';
import { figure, type Figure } from './measure.ts';

/** Within what a turn may call. */
const STEPS = 100;
/** Below what one command may print; four make a gigabyte. */
const PRINTED = 250_000_000;
const PRINTS = 4;

/** A turn of many commands that do nothing, allowed once for all. Baseline: the same commands, spawned plainly one by one. */
export function steps(rounds: number, share: number): Promise<Figure> {
  const count = Math.ceil(STEPS * share);
  return withServer(
    Array.from({ length: count }, () => 'true'),
    async ({ server, client, place }) => {
      const ours: number[] = [];
      const plain: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const { ms } = await turn(server, client, count);
        const least = await plainly(place, count);
        if (round === 0) continue;
        ours.push(ms / count);
        plain.push(least / count);
      }
      return figure({
        what: 'a confined command step of the agent, judged, run, looked at and recorded',
        unit: 'ms',
        samples: ours,
        baseline: { what: 'plain spawn of bash -c true', samples: plain },
        goal: { of: 'value', atMost: 6 },
      });
    },
  );
}

/** How much more memory the server has at most while it passes on what is printed. Baseline: node that throws it away. */
export async function flood(rounds: number, share: number): Promise<Figure> {
  const printed = Math.ceil(PRINTED * share);
  const command = `yes 0123456789012345678901234567890123456789 | head -c ${printed}`;
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(
      await withServer(
        Array.from({ length: PRINTS }, () => command),
        async ({ server, client }) => {
          const watched = await watchMemory(server.ready.pid);
          const { content } = await turn(server, client, PRINTS);
          if (!content.every((text) => text.includes('Exit code 0')))
            throw new Error(`not printed: ${content.join('\n')}`);
          return watched.most();
        },
      ),
    );
    bare.push(await thrownAway(command));
  }
  return figure({
    what: `memory that the server gains while commands print ${(printed * PRINTS) / 1e9} GB`,
    unit: 'MiB',
    samples: ours,
    baseline: { what: 'node that reads and drops it', samples: bare },
    goal: { of: 'value', atMost: 128 },
  });
}

interface Running {
  server: Server;
  client: Client;
  place: Place;
}

async function withServer<T>(commands: string[], use: (running: Running) => Promise<T>): Promise<T> {
  const place = await makePlace({ 'README.md': '# A project\n' });
  try {
    const script = join(place.home, 'script.json');
    const turns = commands.map((command) => ({ calls: [{ name: 'run_command', args: { command } }] }));
    await writeFile(script, JSON.stringify({ version: 1, turns: [...turns, { text: 'Done.' }] }));
    const server = await serve(place, { args: ['--script', script], env: {}, port: 0 });
    try {
      const client = await login(server);
      const { digest } = (await (await client.get('/api/trust')).json()) as { digest: string };
      await client.post('/api/trust', { commandId: randomUUID(), digest });
      return await use({ server, client, place });
    } finally {
      await server.stop();
    }
  } finally {
    await place.remove();
  }
}

/**
 * One turn in a session of its own, its command allowed for all of the session when it is first asked. The time is counted from
 * that answer on. Throws where not every command came to a good end.
 */
async function turn(server: Server, client: Client, count: number): Promise<{ ms: number; content: string[] }> {
  const { id } = await client.post<{ id: string }>('/api/sessions', { commandId: randomUUID() });
  const stream = await client.events(`?sessions=${id}`);
  await client.post(`/api/sessions/${id}/messages`, { commandId: randomUUID(), text: 'Run them all' });
  const content: string[] = [];
  let started = 0;
  for await (const { type, data } of stream.events()) {
    if (type === 'approval.requested') {
      started = performance.now();
      const answer = { commandId: randomUUID(), digest: data['digest'], answer: 'allow-session' };
      await client.post(`/api/approvals/${String(data['approvalId'])}`, answer);
    }
    if (type === 'tool.answered' && data['isError'] === false) content.push(String(data['content']));
    if (type === 'turn.failed' || type === 'turn.interrupted')
      throw new Error(`the turn ended with ${type}: ${JSON.stringify(data)}\n${server.stderr()}`);
    if (type === 'turn.completed') break;
  }
  const ms = performance.now() - started;
  stream.close();
  if (content.length !== count) throw new Error(`${content.length} of ${count} commands came to a good end`);
  return { ms, content };
}

async function plainly(place: Place, count: number): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    const child = spawn('/bin/bash', ['-c', 'true'], { cwd: place.workspace, env: place.env, stdio: 'ignore' });
    await once(child, 'close');
  }
  return performance.now() - started;
}

const DROP = `process.stdin.on('data', () => undefined).on('end', () => console.log('end')); console.log('up')`;

async function thrownAway(command: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', DROP], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const watched = await watchMemory(child.pid!);
  const ended = once(child.stdout, 'data');
  for (let n = 0; n < PRINTS; n++) {
    const printing = spawn('/bin/bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
    printing.stdout.pipe(child.stdin, { end: n === PRINTS - 1 });
    await once(printing, 'close');
  }
  await ended;
  const most = watched.most();
  await once(child, 'close');
  return most;
}

/** MiB that a process has at most above what it had at the call; looked at twenty times a second. */
async function watchMemory(pid: number): Promise<{ most(): number }> {
  const before = await resident(pid);
  let most = before;
  const timer = setInterval(() => {
    void resident(pid).then((now) => (most = Math.max(most, now)));
  }, 50);
  return {
    most() {
      clearInterval(timer);
      return most - before;
    },
  };
}

/** 0 where the process has gone. */
async function resident(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
