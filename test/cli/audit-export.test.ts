/** `vtcode audit export` as a forwarder runs it: what it prints, how it follows, how it ends. */
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readSince } from '../../server/cli/audit-export.ts';
import { workspaceId } from '../../server/config/workspace.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { buildProgram, ground, type Ground, type Program, start, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const stateOf = (at: Ground) => join(at.state, workspaceId(at.work));

/** The records of a workspace, written by us as its server would. */
async function recorded(at: Ground): Promise<Store> {
  mkdirSync(at.config, { recursive: true, mode: 0o700 });
  mkdirSync(stateOf(at), { recursive: true, mode: 0o700 });
  const store = await openStore(stateOf(at), testSeals(at.top));
  onTestFinished(() => store.close());
  return store;
}

const say = (store: Store, text: string) => store.sessions.create(text, 'user:ann/4f2a');

/** Resolves when stdout holds as many lines as that. */
function lines(child: ReturnType<typeof start>['child'], count: number): Promise<string[]> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      const whole = text.split('\n').slice(0, -1);
      if (whole.length >= count) resolve(whole);
    });
  });
}

describe('what it prints', () => {
  test('is the record, an event a line, and nothing else on stdout', async () => {
    const at = ground();
    const store = await recorded(at);
    say(store, 'one\n{"allow":"all"}');
    say(store, 'two');
    const { code, stdout, stderr } = await vtcode(program, { words: ['audit', 'export'], at });
    const printed = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const kept = store.log.after(0, { sessions: null, limit: 100 }).map(({ salt: _, ...event }) => event);
    expect([code, stderr]).toEqual([0, '']);
    expect(printed).toEqual(kept);
    expect(printed.length).toBeGreaterThan(1);
  });

  test.each(['ecs', 'ocsf', 'splunk', 'cef'])(
    'as %s is a line for each event, with what the environment holds masked',
    async (format) => {
      const at = ground();
      const store = await recorded(at);
      const key = 'Zq7!rT2_not-shaped-like-any';
      say(store, `a title with ${key}`);
      const env = { WORK_TOKEN: key };
      const { code, stdout } = await vtcode(program, { words: ['audit', 'export', '--format', format], at, env });
      expect([code, stdout.split('\n').length - 1]).toEqual([0, store.log.head()]);
      expect(stdout).toContain('a title with [redacted secret]');
      expect(stdout).not.toContain(key);
    },
  );

  test('since a time is what happened from then on', async () => {
    const at = ground();
    const store = await recorded(at);
    say(store, 'now');
    const none = await vtcode(program, { words: ['audit', 'export', '--since', '2099-01-01T00:00:00Z'], at });
    const all = await vtcode(program, { words: ['audit', 'export', '--since', '1h'], at });
    expect([none.code, none.stdout]).toEqual([0, '']);
    expect(all.stdout.split('\n').length - 1).toBe(store.log.head());
  });
});

describe('following', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('prints what comes, and ends cleanly at %s', async (signal) => {
    const at = ground();
    const store = await recorded(at);
    say(store, 'before');
    const { child, line, ended } = start(program, { words: ['audit', 'export', '--follow'], at });
    const both = lines(child, store.log.head() + 1);
    expect(await line).toContain('before');
    say(store, 'while it follows');
    expect((await both).at(-1)).toContain('while it follows');
    child.kill(signal);
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
  });

  test('ends where nobody reads any more', async () => {
    const at = ground();
    const store = await recorded(at);
    say(store, 'before');
    const { child, line, ended } = start(program, { words: ['audit', 'export', '--follow'], at });
    await line;
    child.stdout?.destroy();
    say(store, 'nobody sees this');
    expect((await ended).code).toBe(141);
  });

  test('says so where the record is another one now', async () => {
    const at = ground();
    const store = await recorded(at);
    say(store, 'before');
    const { line, ended } = start(program, { words: ['audit', 'export', '--follow'], at });
    await line;
    const path = join(stateOf(at), 'vtcode.db');
    copyFileSync(path, `${path}.new`);
    renameSync(`${path}.new`, path);
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('is not the file that was followed any more');
  });
});

describe('what it does not take', () => {
  test.each([
    [['--format', 'eccs'], '--format is expected to be one of jsonl, ecs, ocsf, cef, splunk; came "eccs".'],
    [['--since', 'yesterday'], '--since is expected to be a time (RFC 3339, with its offset)'],
    [['--since', '2026-01-01'], '--since is expected to be a time (RFC 3339, with its offset)'],
    [['--since', '2026-13-01T00:00:00Z'], '--since is expected to be a time (RFC 3339, with its offset)'],
    [['--after', '1'], 'unknown flag "--after"'],
  ])('%s is used wrongly', async (words, why) => {
    const { code, stdout, stderr } = await vtcode(program, { words: ['audit', 'export', ...words], at: ground() });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
  });

  test('a workspace without records is said to have none', async () => {
    const { code, stderr } = await vtcode(program, { words: ['audit', 'export'], at: ground() });
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing has been recorded for this workspace yet.');
  });
});

test.each([
  ['90s', '2026-01-31T08:58:30.000000Z'],
  ['2h', '2026-01-31T07:00:00.000000Z'],
  ['7d', '2026-01-24T09:00:00.000000Z'],
  ['2026-01-31T10:00:00+02:00', '2026-01-31T08:00:00.000000Z'],
  ['2026-01-31T10:00:00.123456Z', '2026-01-31T10:00:00.123000Z'],
])('--since %s is %s', (text, at) => {
  expect(readSince(text, Date.parse('2026-01-31T09:00:00Z'))).toBe(at);
});
