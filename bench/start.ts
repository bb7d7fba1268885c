/** How long until a person sees something: from the command to the first authenticated page, and what it costs to be there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { makePlace, type Place } from '../test/e2e/place.ts';
import { serve } from '../test/e2e/program.ts';
import { login } from './client.ts';
import { figure, inTurns, type Bench } from './measure.ts';

const BARE = `
const server = require('node:http').createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

export const start: Bench = {
  name: 'start',
  about:
    'From the start of `vtcode serve --demo` to the page and /api/workspace in hand, logged in. Baseline: node with a bare http server, to its first answer.',
  rounds: 7,
  async run(rounds) {
    const place = await makePlace({ 'README.md': '# A project\n', 'src/a.ts': 'export const a = 1;\n' });
    const memory: number[] = [];
    try {
      const times = await inTurns(rounds, {
        ours: async () => {
          const { ms, mib } = await coldStart(place);
          memory.push(mib);
          return ms;
        },
        baseline: bareStart,
      });
      const baseline = { what: 'bare node:http server', samples: times.baseline };
      return [
        figure({
          what: 'cold start to the first authenticated page',
          unit: 'ms',
          samples: times.ours,
          baseline,
          goal: { of: 'value', atMost: 300 },
        }),
        figure({
          what: 'resident memory after it',
          unit: 'MiB',
          samples: memory.slice(1),
          goal: { of: 'value', atMost: 90 },
        }),
      ];
    } finally {
      await place.remove();
    }
  },
};

async function coldStart(place: Place): Promise<{ ms: number; mib: number }> {
  const started = performance.now();
  const server = await serve(place, { args: ['--demo'], env: {}, port: 0 });
  try {
    const client = await login(server);
    for (const answer of await Promise.all([client.get('/'), client.get('/api/workspace')])) await answer.text();
    return { ms: performance.now() - started, mib: await residentMib(server.ready.pid) };
  } finally {
    await server.stop();
  }
}

async function bareStart(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ['-e', BARE], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    await (await fetch(`http://127.0.0.1:${port.toString().trim()}/`)).text();
    return performance.now() - started;
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kib) / 1024;
}
