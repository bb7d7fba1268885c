/** `vtcode exec` as a script runs it: what goes where, how it ends, and what it does where nobody can be asked. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workspaceId } from '../../server/config/workspace.ts';
import { openStoreReader } from '../../server/store/store.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { buildProgram, type Ended, ground, type Ground, type Program, start, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const READ = {
  reasoning: 'I look first.',
  text: 'Let me look.',
  calls: [{ name: 'read_file', args: { path: 'a.txt' } }],
};
const WRITE = { calls: [{ name: 'write_file', args: { path: 'b.txt', content: 'new\n' } }] };
const DONE = { text: 'All is well.' };

/** The words that play this script; the workspace is trusted where it is said. */
async function played(at: Ground, turns: unknown[], trusted = true): Promise<string[]> {
  writeFileSync(join(at.work, 'a.txt'), 'the text of a\n');
  const script = join(at.top, 'script.json');
  writeFileSync(script, JSON.stringify({ version: 1, turns }));
  if (trusted) expect((await vtcode(program, { words: ['trust', '--yes'], at })).code).toBe(0);
  return ['exec', '--script', script];
}

function recordOf(at: Ground): SessionEvent[] {
  const store = openStoreReader(join(at.state, workspaceId(at.work)));
  try {
    return store.log.after(0, { sessions: null, limit: 500 });
  } finally {
    store.close();
  }
}

const run = (at: Ground, words: string[]): Promise<Ended> => vtcode(program, { words, at });

describe('what goes where', () => {
  test('the answer alone is on stdout; reasoning, verdicts and progress are on stderr', async () => {
    const at = ground();
    const { code, stdout, stderr } = await run(at, [...(await played(at, [READ, DONE])), 'look']);
    expect([code, stdout]).toEqual([0, 'All is well.\n']);
    for (const part of [
      'reasoning: I look first.',
      'says: Let me look.',
      'vtcode: allow ',
      'vtcode: sandbox ',
      'mode ask',
    ])
      expect(stderr).toContain(part);
  });

  test('--tool-output prints what tools answered before it', async () => {
    const at = ground();
    const { code, stdout } = await run(at, [...(await played(at, [READ, DONE])), '--tool-output', 'look']);
    expect(code).toBe(0);
    expect(stdout.indexOf('the text of a')).toBeGreaterThanOrEqual(0);
    expect(stdout.endsWith('All is well.\n')).toBe(true);
  });

  test('--json and --events are each the events of the record, all of them', async () => {
    const at = ground();
    const file = join(at.top, 'events.jsonl');
    const words = [...(await played(at, [READ, WRITE, DONE])), '--json', '--events', file, 'look'];
    const { code, stdout } = await run(at, words);
    const parse = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as SessionEvent);
    expect(code).toBe(3);
    expect(parse(stdout)).toEqual(recordOf(at));
    expect(parse(readFileSync(file, 'utf8'))).toEqual(recordOf(at));
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(parse(stdout).map(({ type }) => type)).toContain('turn.completed');
  });

  test('what would move a cursor is spelt out', async () => {
    const at = ground();
    const { stdout } = await run(at, [...(await played(at, [{ text: 'red \u001b[31mtext\u0007' }])), 'look']);
    expect(stdout).toBe('red U+001B[31mtextU+0007\n');
  });
});

describe('where a person would be asked', () => {
  test('it is denied at once with the reason to the model, and the exit code is 3', async () => {
    const at = ground();
    const { code, stdout, stderr } = await run(at, [...(await played(at, [WRITE, DONE])), 'write']);
    expect([code, stdout]).toEqual([3, 'All is well.\n']);
    expect(existsSync(join(at.work, 'b.txt'))).toBe(false);
    expect(stderr).toContain('Nobody can be asked in this run.');
    const events = recordOf(at);
    const answered = events.find(({ type }) => type === 'tool.answered');
    expect(answered?.data).toMatchObject({
      isError: true,
      content: expect.stringContaining('a person would have to allow this') as string,
    });
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('approval.'))).toEqual([]);
  });

  test('a question of the model is no different', async () => {
    const at = ground();
    const ask = { calls: [{ name: 'ask_user', args: { question: 'Shall I?' } }] };
    const { code, stdout } = await run(at, [...(await played(at, [ask, DONE])), 'ask me']);
    expect([code, stdout]).toEqual([3, 'All is well.\n']);
  });

  test('a mode that allows it lets it through', async () => {
    const at = ground();
    const { code } = await run(at, [...(await played(at, [WRITE, DONE])), '--mode', 'auto-edit', 'write']);
    expect(code).toBe(0);
    expect(readFileSync(join(at.work, 'b.txt'), 'utf8')).toBe('new\n');
  });

  test('a workspace that nobody trusts is only read, in every mode', async () => {
    const at = ground();
    const { code, stderr } = await run(at, [...(await played(at, [WRITE, DONE], false)), 'write']);
    expect(existsSync(join(at.work, 'b.txt'))).toBe(false);
    expect(stderr).toContain('vtcode: deny ');
    expect(code).toBe(0);
  });
});

describe('sessions', () => {
  test('--continue and --session go on where one was', async () => {
    const at = ground();
    const words = await played(at, [{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
    expect((await run(at, [...words, 'a'])).stdout).toBe('one\n');
    expect((await run(at, [...words, '--continue', 'b'])).stdout).toBe('two\n');
    const session = recordOf(at).find(({ type }) => type === 'session.created')!.chain;
    expect((await run(at, [...words, '--session', session, 'c'])).stdout).toBe('three\n');
    expect((await run(at, [...words, 'new'])).stdout).toBe('one\n');
  });

  test('where there is none to continue, that is said', async () => {
    const at = ground();
    const { code, stderr } = await run(at, [...(await played(at, [DONE])), '--continue', 'go on']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no session to continue');
  });
});

describe('how it ends', () => {
  test('with 1 where the provider fails', async () => {
    const at = ground();
    const { code, stdout, stderr } = await run(at, [...(await played(at, [{ error: { code: 'auth' } }])), 'go']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('vtcode: failed: ');
  });

  test('with 1 when its time is over, and the record says so', async () => {
    const at = ground();
    const slow = [{ text: 'never said', delayMs: 60_000 }];
    const { code, stdout, stderr } = await run(at, [...(await played(at, slow)), '--timeout', '0.2', 'go']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('interrupted by limit: The time that was set is over');
  });

  test('with 130 at Ctrl+C, the turn recorded as stopped and the workspace free again', async () => {
    const at = ground();
    const words = await played(at, [{ text: 'never said', delayMs: 60_000 }]);
    const { child, ended } = start(program, { words: [...words, '--json', 'go'], at });
    await new Promise<void>((resolve) => {
      let text = '';
      child.stdout?.on('data', (chunk) => {
        text += String(chunk);
        if (text.includes('provider.requested')) resolve();
      });
    });
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(recordOf(at).at(-1)?.type).toMatch(/turn\.interrupted|head\.signed/);
    expect(recordOf(at).some(({ type }) => type === 'turn.interrupted')).toBe(true);
    const again = await played(at, [DONE]);
    expect((await run(at, [...again, 'again'])).stdout).toBe('All is well.\n');
  });

  test('with 1 and the address where a server runs', async () => {
    const at = ground();
    const words = await played(at, [DONE]);
    const serving = start(program, { words: ['serve', '--no-open', '--demo', '--port', '0', '--json'], at });
    const { port } = JSON.parse(await serving.line) as { port: number };
    const { code, stdout, stderr } = await run(at, [...words, 'go']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`http://127.0.0.1:${port}/`);
    expect(stderr).toContain('Send the message on its page');
  });
});

test.each([
  [['--timeout', '0', 'go'], '--timeout is expected to be seconds'],
  [['--session', 'x', 'go'], '--session is expected to be the id of a session'],
  [['--continue', '--session', 'ses_x', 'go'], 'cannot both be obeyed'],
  [['  '], 'MESSAGE is expected to have 1 to'],
  [[], 'expects MESSAGE'],
  [['--events', 'no/such/dir/e', 'go'], '--events: '],
  [['--mode', 'yolo', 'go'], '--mode is expected to be one of'],
])('%j is used wrongly', async (words, why) => {
  const at = ground();
  mkdirSync(at.work, { recursive: true });
  const { code, stdout, stderr } = await run(at, ['exec', '--demo', ...words]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(why);
});
