/** How soon a key is seen: through the page's socket, the server and a confined shell; and what a flood costs in memory. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { spawn } from 'node-pty';
import { WebSocket } from 'ws';
import { makePlace } from '../test/e2e/place.ts';
import { serve, type Server } from '../test/e2e/program.ts';
import { login, type Client } from './client.ts';
import { figure, inTurns, type Bench, type Figure } from './measure.ts';

const KEYS = 200;
const FLOOD_BYTES = 256 * 2 ** 20;
const MIB = 2 ** 20;

export const terminal: Bench = {
  name: 'terminal',
  about:
    'The 95th percentile of the time from a key to its echo, of two hundred keys typed one after the other into a confined shell through the socket of a running server. Baseline: the same keys into the same shell through node-pty alone. Then what the server grows by while a shell prints 256 MiB to a page that draws it.',
  rounds: 7,
  async run(rounds) {
    const place = await makePlace({});
    const server = await serve(place, { args: ['--demo'], env: {}, port: 0 });
    try {
      const client = await login(server);
      const { digest } = (await (await client.get('/api/trust')).json()) as { digest: string };
      await client.post('/api/trust', { commandId: randomUUID(), digest });
      const ours = await openShell(server, client);
      const bare = bareShell(place.workspace);
      const kept = await inTurns(rounds, { ours: () => echoes(ours), baseline: () => echoes(bare) });
      bare.close();
      return [echoFigure(kept), await flood(server, ours)];
    } finally {
      await server.stop();
      await place.remove();
    }
  },
};

const echoFigure = ({ ours, baseline }: { ours: number[]; baseline: number[] }): Figure =>
  figure({
    what: 'key to echo, 95th percentile',
    unit: 'ms',
    samples: ours,
    baseline: { what: 'node-pty alone', samples: baseline },
    goal: { of: 'value', atMost: 16 },
  });

interface Shell {
  type(text: string): void;
  /** Called with what is printed, until the answer is called. */
  hear(listener: (bytes: Buffer) => void): () => void;
  close(): void;
}

async function openShell(server: Server, client: Client): Promise<Shell> {
  const place = { kind: 'sandbox', git: 'readonly', network: 'none' };
  const { id } = await client.post<{ id: string }>('/api/terminals', { commandId: randomUUID(), name: 'bench', place });
  const { ticket } = await client.post<{ ticket: string }>(`/api/terminals/${id}/ticket`, {});
  const address = `${server.origin.replace('http', 'ws')}/api/terminals/${id}/socket`;
  const socket = new WebSocket(address, ['vtcode.terminal.1', `ticket.${ticket}`], {
    headers: { Origin: server.origin },
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const listeners = new Set<(bytes: Buffer) => void>();
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    socket.send(JSON.stringify({ type: 'drawn', bytes: data.length }));
    for (const listener of listeners) listener(data);
  });
  return { type: (text) => socket.send(Buffer.from(text)), hear: heard(listeners), close: () => socket.close() };
}

function bareShell(cwd: string): Shell {
  const pty = spawn('/bin/bash', ['-i'], {
    cwd,
    env: { PATH: '/usr/bin:/bin', TERM: 'xterm-256color' },
    encoding: null,
  });
  const listeners = new Set<(bytes: Buffer) => void>();
  pty.onData((data: unknown) => {
    for (const listener of listeners) listener(data as Buffer); // bytes, for no encoding is asked for
  });
  return { type: (text) => pty.write(text), hear: heard(listeners), close: () => pty.kill('SIGKILL') };
}

const heard = (listeners: Set<(bytes: Buffer) => void>) => (listener: (bytes: Buffer) => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The 95th percentile in milliseconds. */
async function echoes(shell: Shell): Promise<number> {
  await until(shell, 'echo rea""dy-$((6*7))\r', 'ready-42');
  const times: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    const key = String.fromCharCode(97 + (i % 26));
    const begun = performance.now();
    await until(shell, key, key);
    times.push(performance.now() - begun);
    if (i % 20 === 19) await until(shell, '\x15echo nex""t\r', 'next');
  }
  await until(shell, '\x15echo en""d\r', 'end');
  return times.toSorted((a, b) => a - b)[Math.floor(KEYS * 0.95)]!;
}

function until(shell: Shell, typed: string, words: string): Promise<void> {
  return new Promise((resolve) => {
    let seen = '';
    const stop = shell.hear((bytes) => {
      seen = (seen + bytes.toString('latin1')).slice(-200);
      if (!seen.includes(words)) return;
      stop();
      resolve();
    });
    shell.type(typed);
  });
}

async function flood(server: Server, shell: Shell): Promise<Figure> {
  const before = await residentBytes(server.ready.pid);
  let [most, printed] = [before, 0];
  const stop = shell.hear((bytes) => void (printed += bytes.length));
  const watch = setInterval(
    () => void residentBytes(server.ready.pid).then((now) => (most = Math.max(most, now))),
    100,
  );
  await until(shell, `yes "$(printf %0100d 7)" | head -c ${FLOOD_BYTES}; echo flo""od-over\r`, 'flood-over');
  clearInterval(watch);
  stop();
  if (printed < FLOOD_BYTES) throw new Error(`expected ${FLOOD_BYTES} bytes, ${printed} came`);
  return figure({
    what: 'growth of the server while 256 MiB are printed',
    unit: 'MiB',
    samples: [(most - before) / MIB],
    goal: { of: 'value', atMost: 64 },
  });
}

async function residentBytes(pid: number): Promise<number> {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
