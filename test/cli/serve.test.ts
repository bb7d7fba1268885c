/** `vtcode serve` as a person or a script runs it: the link, the lock, the signals, and the commands beside it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { workspaceId } from '../../server/config/workspace.ts';
import { buildProgram, ground, type Ground, type Program, start, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

interface Ready {
  ready: boolean;
  url: string;
  port: number;
  pid: number;
  workspace: string;
  trust: { trusted: boolean };
  sandbox: { tier: string };
  provider: { kind: string };
}

const SERVE = ['serve', '--no-open', '--demo', '--port', '0', '--json'];

async function serving(at: Ground, words: string[] = SERVE, env: Record<string, string> = {}) {
  const server = start(program, { words, at, env });
  const ready = JSON.parse(await server.line) as Ready;
  return { ...server, ready };
}

/** Logs in with a link; the token, or the status that refused it. */
async function login(url: string): Promise<string | number> {
  const { origin, hash } = new URL(url);
  const response = await fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ code: hash.slice('#code='.length) }),
  });
  return response.ok ? ((await response.json()) as { token: string }).token : response.status;
}

const stateOf = (at: Ground) => join(at.state, workspaceId(at.work));

describe('what it prints', () => {
  test('with --json one line on stdout, when it is ready', async () => {
    const at = ground();
    const { ready, child, ended } = await serving(at);
    expect(ready).toMatchObject({
      ready: true,
      pid: child.pid,
      workspace: at.work,
      url: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${ready.port}/#code=[\\w-]{20,}$`)) as string,
      trust: { trusted: false },
      sandbox: { tier: 'none' },
      provider: { kind: 'scripted' },
    });
    expect(await login(ready.url)).toMatch(/.{20,}/);
    expect(await login(ready.url)).toBe(401);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
  });

  test('without it the link alone on stdout, and on stderr what one should know', async () => {
    const at = ground();
    const { child, line, ended } = start(program, { words: ['serve', '--no-open', '--demo', '--port', '0'], at });
    expect(await login(await line)).toMatch(/.{20,}/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+\n$/);
    for (const part of [at.work, 'trust    no', 'sandbox  none', 'Ctrl+C']) expect(stderr).toContain(part);
    expect(stderr).not.toContain('#code=');
  });

  test('warnings of an odd environment, and no key anywhere', async () => {
    const at = ground();
    const key = 'sk-ant-not-a-real-key-0123456789';
    const env = { NODE_OPTIONS: '--no-deprecation', ANTHROPIC_API_KEY: key, WORK_TOKEN: 'work-token-0123456789' };
    const { child, ended, ready } = await serving(at, SERVE, env);
    expect(ready.ready).toBe(true);
    child.kill('SIGTERM');
    const { stdout, stderr } = await ended;
    expect(stderr).toContain('vtcode: warning: NODE_OPTIONS is set');
    expect(stdout + stderr).not.toContain(key);
    for (const file of readdirSync(at.home, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )) {
      expect(readFileSync(join(file.parentPath, file.name)).includes(key)).toBe(false);
    }
  });
});

test('an open inspector stops the start', async () => {
  const { code, stdout, stderr } = await vtcode(program, {
    words: SERVE,
    at: ground(),
    env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
  });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('A debugger can attach to this process');
});

test('what it keeps is for its user alone', async () => {
  const at = ground();
  const { child, ended, ready } = await serving(at);
  await login(ready.url);
  const open = readdirSync(at.home, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open).toEqual([]);
  expect(existsSync(join(stateOf(at), 'server.json'))).toBe(true);
  expect(readFileSync(join(stateOf(at), 'server.json'), 'utf8')).not.toContain('#code=');
  child.kill('SIGTERM');
  await ended;
  expect(readdirSync(stateOf(at)).filter((name) => /^(server\.json|control\.sock|open-)/.test(name))).toEqual([]);
});

describe('one server a workspace', () => {
  test('a second one is refused with the address of the first, also by another name of the directory', async () => {
    const at = ground();
    const { ready, child } = await serving(at);
    for (const cwd of [at.work, at.top]) {
      const dir = cwd === at.work ? '.' : 'home/../work';
      const second = await vtcode(program, { words: ['serve', dir, '--no-open', '--demo', '--port', '0'], at, cwd });
      expect(second.stderr).toContain(
        `A server already runs on this workspace: http://127.0.0.1:${ready.port}/ (pid ${child.pid}).`,
      );
      expect([second.code, second.stdout]).toEqual([1, '']);
    }
    expect(await login(ready.url)).toMatch(/.{20,}/);
  });

  test('another workspace has its own', async () => {
    const [a, b] = [ground(), ground()];
    const [one, two] = [await serving(a), await serving(b)];
    expect(one.ready.port).not.toBe(two.ready.port);
  });

  test('one that was killed hinders nobody', async () => {
    const at = ground();
    const first = await serving(at);
    first.child.kill('SIGKILL');
    await first.ended;
    const { ready } = await serving(at);
    expect(await login(ready.url)).toMatch(/.{20,}/);
  });
});

describe('ports', () => {
  async function taken(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as { port: number }).port;
  }

  test('one that is in use is told, and nothing is left behind', async () => {
    const at = ground();
    const port = await taken();
    const { code, stdout, stderr } = await vtcode(program, {
      words: ['serve', '--no-open', '--demo', '--port', `${port}`],
      at,
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${port}`);
    expect(stderr).toMatch(/in use|taken/);
    const { ready } = await serving(at);
    expect(ready.ready).toBe(true);
  });

  test('without --port it takes 4747 or one after it, in turn', async () => {
    const words = ['serve', '--no-open', '--demo', '--json'];
    const [a, b] = [await serving(ground(), words), await serving(ground(), words)];
    expect(a.ready.port).toBeGreaterThanOrEqual(4_747);
    expect(b.ready.port).toBeGreaterThan(a.ready.port);
  });
});

describe('a signal', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it cleanly: exit 0', async (signal) => {
    const { child, ended } = await serving(ground());
    child.kill(signal);
    expect((await ended).code).toBe(0);
  });

  test('SIGUSR1 opens no inspector, and it goes on', async () => {
    const { child, ended, ready } = await serving(ground());
    child.kill('SIGUSR1');
    expect(await login(ready.url)).toMatch(/.{20,}/);
    child.kill('SIGTERM');
    expect((await ended).stderr).not.toContain('Debugger listening');
  });
});

describe('beside a server that runs', () => {
  test('link prints another one; both are good once', async () => {
    const at = ground();
    const { ready } = await serving(at);
    const { code, stdout } = await vtcode(program, { words: ['link'], at });
    expect(code).toBe(0);
    expect(stdout).not.toBe(`${ready.url}\n`);
    expect(await login(stdout.trim())).toMatch(/.{20,}/);
    expect(await login(stdout.trim())).toBe(401);
    expect(await login(ready.url)).toMatch(/.{20,}/);
  });

  test('link says so where none runs, or none any more', async () => {
    const at = ground();
    const none = await vtcode(program, { words: ['link'], at });
    expect([none.code, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('No server runs on this workspace.');
    const { child, ended } = await serving(at);
    child.kill('SIGKILL');
    await ended;
    expect((await vtcode(program, { words: ['link'], at })).stderr).toContain('No server runs on this workspace.');
  });

  test('trust given on the command line is seen on the page, and so is its end', async () => {
    const at = ground();
    writeFileSync(join(at.work, 'AGENTS.md'), 'hi');
    const { ready } = await serving(at);
    const token = await login(ready.url);
    const trusted = async () => {
      const { origin } = new URL(ready.url);
      const response = await fetch(`${origin}/api/trust`, { headers: { authorization: `Bearer ${token}` } });
      return ((await response.json()) as { trusted: boolean }).trusted;
    };
    expect(await trusted()).toBe(false);
    expect((await vtcode(program, { words: ['trust', '--yes'], at })).code).toBe(0);
    expect(await trusted()).toBe(true);
    expect((await vtcode(program, { words: ['untrust'], at })).code).toBe(0);
    expect(await trusted()).toBe(false);
  });

  test('purge refuses, and removes all once it has ended', async () => {
    const at = ground();
    const { child, ended } = await serving(at);
    const refused = await vtcode(program, { words: ['purge', '--yes'], at });
    expect(refused.stderr).toContain('A server already runs on this workspace');
    expect(refused.code).toBe(1);
    child.kill('SIGTERM');
    await ended;
    expect((await vtcode(program, { words: ['purge', '--yes'], at })).code).toBe(0);
    expect(existsSync(stateOf(at))).toBe(false);
  });

  test('sessions are listed, shown and exported while it runs and after', async () => {
    const at = ground();
    const { ready, child, ended } = await serving(at);
    const token = await login(ready.url);
    const { origin } = new URL(ready.url);
    const made = await fetch(`${origin}/api/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin },
      body: JSON.stringify({ commandId: crypto.randomUUID(), title: 'A \u202e title' }),
    });
    const { id } = (await made.json()) as { id: string };
    for (const when of ['while', 'after']) {
      if (when === 'after') {
        child.kill('SIGTERM');
        await ended;
      }
      const list = await vtcode(program, { words: ['sessions', 'list', '--json'], at });
      expect(
        list.stdout
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { id: string }).id),
      ).toEqual([id]);
      const plain = await vtcode(program, { words: ['sessions', 'list'], at });
      expect(plain.stdout).toContain('A U+202E title');
      const show = await vtcode(program, { words: ['sessions', 'show', id], at });
      expect(show.stdout).toContain(`  id       ${id}`);
      const md = await vtcode(program, { words: ['sessions', 'export', id, '--dir', at.work], at, cwd: at.top });
      expect([md.code, md.stderr]).toEqual([0, '']);
      expect(md.stdout).toMatch(/^---\nvtcode: 1\n[^]*\n---\n# A U\+202E title\n/);
    }
    const other = await vtcode(program, { words: ['sessions', 'export', `ses_${'0'.repeat(26)}`], at });
    expect([other.code, other.stdout]).toEqual([1, '']);
  });
});

test('the mode it starts in is the one of the settings, or the one that was asked for', async () => {
  const at = ground();
  mkdirSync(at.config, { recursive: true, mode: 0o700 });
  writeFileSync(join(at.config, 'config.toml'), '[agent]\nmode = "plan"\n', { mode: 0o600 });
  await vtcode(program, { words: ['trust', '--yes'], at });
  for (const [words, mode] of [
    [[], 'plan'],
    [['--mode', 'ask'], 'ask'],
  ] as const) {
    const { ready, child, ended } = await serving(at, [...SERVE, ...words]);
    const token = await login(ready.url);
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${new URL(ready.url).origin}/api/workspace`, { headers });
    expect(await response.json()).toMatchObject({ mode });
    child.kill('SIGTERM');
    await ended;
  }
});
