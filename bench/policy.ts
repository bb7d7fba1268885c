/** How long a verdict on a command takes, and how many a second the command line gives. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parse } from 'unbash';
import { judge } from '../server/policy/judge.ts';
import { createLooker } from '../server/search/world.ts';
import { command } from '../test/fixtures/command.ts';
import { type Bench, type Figure, figure, inTurns } from './measure.ts';

const MAIN = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
const CORPUS = new URL('../test/policy/commands.jsonl', import.meta.url);
/** Lines of one run of the command line. */
const LINES = 20_000;
const WARM_UP = 5;

export const policy: Bench = {
  name: 'policy',
  about:
    'The verdict on each command of a corpus, with all that is looked up for it in a small workspace; against the bare parser on the same scripts. And `vtcode policy check --stdin`, against a program that only reads and writes the same lines of JSON.',
  rounds: 15,
  async run(rounds) {
    const scripts = readFileSync(CORPUS, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { script: string }).script);
    const top = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-bench-')));
    try {
      const root = workspace(join(top, 'ws'));
      return [...(await inProcess(root, scripts, rounds)), ...(await onCommandLine(top, scripts, Math.min(rounds, 5)))];
    } finally {
      rmSync(top, { recursive: true, force: true });
    }
  },
};

async function inProcess(root: string, scripts: readonly string[], rounds: number): Promise<Figure[]> {
  const looker = createLooker(root);
  const rules = { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null };
  const facts = {
    mode: 'ask',
    trusted: true,
    actor: 'agent',
    granted: false,
    standing: [],
    boxed: true,
    tainted: '',
  } as const;
  const ours = (script: string) => looker.look([], (world) => judge(command(script), rules, { ...facts, world }));
  const bare = async (script: string) => void parse(script);
  for (let i = 0; i < WARM_UP; i++) for (const script of scripts) await ours(script);
  const kept = { ours: [] as number[][], bare: [] as number[][] };
  for (let round = 0; round < rounds; round++) {
    kept.ours.push(await each(scripts, ours));
    kept.bare.push(await each(scripts, bare));
  }
  const at = (runs: readonly number[][], share: number) => runs.map((one) => quantile(one, share));
  const told = (what: string, share: number, atMost: number) =>
    figure({
      what: `judge: ${what} of ${scripts.length} commands`,
      unit: 'µs',
      samples: at(kept.ours, share),
      baseline: { what: 'the parser alone', samples: at(kept.bare, share) },
      goal: { of: 'value', atMost },
    });
  return [told('p50', 0.5, 40), told('p99', 0.99, 1_000), told('the slowest', 1, 50_000)];
}

/** Microseconds for each, sorted. */
async function each(scripts: readonly string[], work: (script: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const script of scripts) {
    const start = performance.now();
    await work(script);
    times.push((performance.now() - start) * 1_000);
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

const ECHO = `let rest = '';
process.stdin.setEncoding('utf8').on('data', (piece) => {
  const lines = (rest + piece).split('\\n');
  rest = lines.pop();
  process.stdout.write(lines.map((line) => JSON.stringify(JSON.parse(line)) + '\\n').join(''));
});`;

async function onCommandLine(top: string, scripts: readonly string[], rounds: number): Promise<Figure[]> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: join(top, 'home'), NODE_NO_WARNINGS: '1' };
  mkdirSync(env.HOME);
  const dir = join(top, 'ws');
  execFileSync(process.execPath, [MAIN, 'trust', dir, '--yes'], { env, stdio: 'ignore' });
  const input = Array.from(
    { length: LINES },
    (_none, i) => `${JSON.stringify({ script: scripts[i % scripts.length] })}\n`,
  ).join('');
  const cpu = { ours: [] as number[], baseline: [] as number[] };
  const rate = (args: string[], used: number[]) => async () => {
    const start = performance.now();
    const { count, seconds } = await lines(args, { env, input });
    if (count !== LINES) throw new Error(`${LINES} lines were given and ${count} came back`);
    used.push(LINES / seconds);
    return LINES / ((performance.now() - start) / 1_000);
  };
  const { ours, baseline } = await inTurns(rounds, {
    ours: rate([MAIN, 'policy', 'check', '--stdin', '--dir', dir], cpu.ours),
    baseline: rate(['-e', ECHO], cpu.baseline),
  });
  const told = (by: string, samples: number[], echoed: number[]) =>
    figure({
      what: `policy check --stdin, with its start${by}`,
      unit: 'verdicts/s',
      samples,
      baseline: { what: 'reading and writing the same JSON', samples: echoed },
      goal: { of: 'value', atLeast: 10_000 },
    });
  // The first of each warmed up.
  const [spent, echoed] = [cpu.ours.slice(1), cpu.baseline.slice(1)];
  return [told('', ours, baseline), told(', by the time of the processor', spent, echoed)];
}

/** How many lines it answers, and the seconds of the processor that it took for them. */
function lines(
  args: string[],
  { env, input }: { env: Record<string, string>; input: string },
): Promise<{ count: number; seconds: number }> {
  return new Promise((resolve, reject) => {
    // The shell tells what the programs that it started have used.
    const words = ['-c', '"$@"; times >&3', 'bench', process.execPath, ...args];
    const child = spawn('bash', words, { env, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
    const { stdin, stdout } = child;
    const told = child.stdio[3];
    let count = 0;
    let times = '';
    stdout?.on('data', (piece: Buffer) => {
      for (const byte of piece) if (byte === 10) count++;
    });
    told?.on('data', (piece: Buffer) => (times += piece.toString()));
    child.once('error', reject);
    child.once('close', () => resolve({ count, seconds: secondsOf(times) }));
    stdin?.end(input);
  });
}

/** The second line of `times`: `0m1.250s 0m0.100s`. */
function secondsOf(times: string): number {
  const spent = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return spent.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

function workspace(root: string): string {
  mkdirSync(join(root, 'src'), { recursive: true });
  const files = {
    'README.md': '# x\n',
    'package.json': '{}\n',
    'data.csv': 'a,b\n',
    'src/a.ts': '',
    'src/b.ts': '',
    '.env': 'KEY=1\n',
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=b', '-c', 'user.email=b@example.org', ...args]);
  git('init', '-q');
  git('add', 'README.md', 'package.json', 'src');
  git('commit', '-qm', 'first');
  return root;
}
