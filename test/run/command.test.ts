/** Commands behind the real launcher: what comes out, what is told, and that nothing outlives its bounds. */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCommands } from '../../server/run/command.ts';
import type { CommandReports, Performed } from '../../server/run/perform.ts';
import type { CommandAction } from '../../shared/action.ts';
import { sha256 } from '../../server/base/hash.ts';
import { commandAction, LIMITS_OF_TESTS, testConfinement, nowhere, unheard } from '../fixtures/confined.ts';
import { tempDir } from '../fixtures/temp.ts';

type Started = Parameters<CommandReports['started']>[0];
type Finished = Parameters<CommandReports['finished']>[0];

type Options = NonNullable<Parameters<typeof testConfinement>[1]> & { files?: Record<string, string> };

async function house({ files = {}, ...options }: Options = {}) {
  const root = tempDir('vtcode-ws-');
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  const confinement = await testConfinement(root, options);
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Uint8Array) => {
    blobs.set(sha256(bytes), Buffer.from(bytes));
    return Promise.resolve(sha256(bytes));
  };
  const lost = vi.fn();
  const commands = createCommands({ confinement, blobs: { put }, ways: nowhere(), onLost: lost });
  onTestFinished(() => commands.close());
  const started: Started[] = [];
  const finished: Finished[] = [];
  const follows: string[] = [];
  const pieces: { offset: number; text: string }[] = [];
  const reports = (owner = 'one'): CommandReports => ({
    ...unheard(owner),
    started: (facts) => void started.push(facts),
    finished(facts, next) {
      finished.push(facts);
      follows.push(next);
    },
    output: (offset, text) => void pieces.push({ offset, text }),
  });
  const perform = (action: CommandAction, signal = new AbortController().signal) =>
    commands.command(action, signal, reports());
  const run = (script: string, differs: Partial<CommandAction> = {}) => perform(commandAction(script, differs));
  const task = (tool: 'read_task' | 'stop_task' | 'list_tasks', id = '', owner = 'one') =>
    commands.task({ kind: 'task', tool, id }, reports(owner));
  return { root, confinement, commands, blobs, lost, started, finished, follows, pieces, perform, run, task };
}

const idOf = ({ content }: Performed) => /task_\d+/.exec(content)![0];

const within = (differs: Partial<typeof LIMITS_OF_TESTS>) => ({ limits: { ...LIMITS_OF_TESTS, ...differs } });

describe('a command', () => {
  it('runs in the sandbox: its exit code, both its streams and its facts come back', async () => {
    const { root, run, started, finished, confinement } = await house();
    const { outcome, content } = await run('echo out; echo err >&2; echo hi > made; exit 3');
    expect(outcome).toMatchObject({ status: 'exited', code: 3, signal: '', timedOut: false, truncated: false });
    expect(content).toMatch(/^Exit code 3 after \d+\.\d s\.\nout\nerr\n$/);
    expect(readFileSync(join(root, 'made'), 'utf8')).toBe('hi\n');
    expect(started).toMatchObject([
      { argv: ['/bin/bash', '-c', expect.any(String)], cwd: '.', tier: 'full', network: 'none', git: 'readonly' },
    ]);
    expect(started[0]!.envNames).toEqual(['HOME', 'LANG', 'PATH', 'TERM']);
    expect(finished).toMatchObject([{ code: 3, bytes: 10, findings: [] }]);
    expect(confinement.done()).toBe(1);
  });

  it('has a terminal, so that programs behave as in one; the model gets plain text', async () => {
    const { run, pieces } = await house();
    const { content } = await run(
      'tty; stty size; printf "\\033[31mred\\033[0m\\n10%%\\r100%%\\n"; read x; echo "[$x]"',
    );
    expect(content).toContain('/dev/pts/0\n40 120\nred\n100%\n[]');
    expect(pieces.map(({ text }) => text).join('')).toContain('\u001b[31mred');
  });

  it('that is one of git has pipes', async () => {
    const { perform } = await house();
    const action = commandAction('', { tool: 'git_branch', argv: ['/bin/sh', '-c', 'test -t 1 || echo pipe'] });
    expect((await perform(action)).content).toContain('pipe\n');
  });

  it('that the sandbox cannot be set up for did not run', async () => {
    const { root, run, finished } = await house({ flags: ['--protect', '/nowhere/at/all'] });
    const { outcome, content } = await run('touch ran');
    expect(outcome).toMatchObject({ status: 'failed', code: 'sandbox' });
    expect(content).toMatch(/could not be set up: .*nowhere.*Nothing ran\.$/s);
    expect(existsSync(join(root, 'ran'))).toBe(false);
    expect(finished).toMatchObject([{ code: 126 }]);
  });

  it('that cannot even be started is recorded as over, too', async () => {
    const { run, finished, confinement } = await house({ flags: ['--env', `A=${'x'.repeat(200_000)}`] });
    const { outcome, content } = await run('true');
    expect(outcome).toMatchObject({ status: 'failed', code: 'sandbox' });
    expect(content).toMatch(/launcher could not be started: .*E2BIG.*Nothing ran\.$/);
    expect(finished).toMatchObject([{ code: 126 }]);
    expect(confinement.done()).toBe(1);
  });

  it('cannot pretend that it was not confined', async () => {
    const { run } = await house();
    const { outcome } = await run('echo "vtcode-sandbox: cannot mount" >&2; exit 126');
    expect(outcome).toMatchObject({ status: 'exited', code: 126 });
  });

  it('is told why it was denied something', async () => {
    const { run } = await house();
    const { content } = await run('touch /usr/x; exit 1');
    expect(content).toMatch(/\[sandbox\] Read-only \(EROFS\)/);
    expect((await run('touch /usr/x; true')).content).not.toContain('[sandbox]');
  });

  it('is told that its folders were emptied, in the foreground and in the background', async () => {
    const { run, task } = await house({ emptied: '~ and /tmp were emptied.' });
    expect((await run('true')).content).toMatch(/\n\[sandbox\] ~ and \/tmp were emptied\.$/);
    await run('true', { background: true });
    await vi.waitFor(async () => expect((await task('read_task', 'task_1')).content).toContain('were emptied'));
  });

  it('tells what it left behind, in the foreground and in the background', async () => {
    const found = { path: 'sub/.git', why: 'git would obey it.' };
    const { run, finished, task } = await house({ findings: [found] });
    const told = /\n\[sandbox\] left behind: sub\/\.git: git would obey it\./;
    expect((await run('true')).content).toMatch(told);
    await run('true', { background: true });
    expect((await task('stop_task', 'task_1')).outcome.status).toBe('done');
    expect((await task('read_task', 'task_1')).content).toMatch(told);
    expect(finished).toMatchObject([{ findings: [found] }, { findings: [found] }]);
  });

  it('ends at its time with all that it started, though it would not', async () => {
    const { run, root } = await house();
    const { outcome, content } = await run(
      'trap "" TERM; (setsid sleep 30; touch late) & echo up; while :; do sleep 1; done',
      within({ wallMs: 400 }),
    );
    expect(outcome).toMatchObject({ status: 'exited', code: null, timedOut: true });
    expect(content).toMatch(/^Stopped after .*it may run for 0\.4 s.*up/s);
    expect(existsSync(join(root, 'late'))).toBe(false);
  });

  it('ends when its turn is stopped', async () => {
    const { perform, pieces, finished } = await house();
    const controller = new AbortController();
    const performing = perform(commandAction('echo up; sleep 30'), controller.signal);
    await vi.waitFor(() => expect(pieces).toHaveLength(1));
    controller.abort();
    expect((await performing).outcome).toMatchObject({ status: 'stopped' });
    expect(finished).toMatchObject([{ code: null, signal: 'SIGTERM' }]);
  });
});

describe('output', () => {
  it('comes live, in whole characters, each byte once', async () => {
    const { run, pieces } = await house();
    await run('for i in 1 2 3 4 5; do printf "\\xe2\\x82"; sleep 0.05; printf "\\xac-"; done');
    expect(pieces.map(({ text }) => text).join('')).toBe('€-€-€-€-€-');
    expect(pieces.length).toBeGreaterThan(1);
    let bytes = 0;
    for (const { offset, text } of pieces) {
      expect(offset).toBe(bytes);
      bytes += Buffer.byteLength(text);
    }
  });

  it('that is long is told by its ends, kept up to a bound, and said so', async () => {
    const { run, blobs } = await house();
    const { outcome, content } = await run('echo begin; yes 0123456789 | head -c 6000000; echo; echo end');
    expect(outcome).toMatchObject({ status: 'exited', code: 0, truncated: true });
    expect(content).toMatch(/^Exit code 0.*\nbegin\n.*\nend\n$/s);
    expect(content).toMatch(
      /\[\d{7} of 65\d{5} bytes left out here; the first 4194304 are in the record as [0-9a-f]{64}\]/,
    );
    expect(content.length).toBeLessThan(50_000);
    expect([...blobs.values()][0]!.toString('utf8', 0, 12)).toBe('begin\r\n01234');
  });

  it('over its bound stops the command', async () => {
    const { run } = await house();
    const { outcome, content } = await run('yes', within({ outputBytes: 300_000 }));
    expect(outcome).toMatchObject({ status: 'exited', code: null, truncated: true });
    expect(content).toMatch(/^Stopped after .*more than 300000 bytes/);
  });

  it('of 200 MB leaves the memory flat, and watchers with few pieces', async () => {
    const { run, pieces } = await house();
    const before = process.memoryUsage().rss;
    const { outcome } = await run('head -c 200000000 /dev/zero | tr "\\0" x', {
      tool: 'git_stash',
      argv: ['/bin/sh', '-c', 'head -c 200000000 /dev/zero | tr "\\0" x'],
    });
    expect(outcome).toMatchObject({ code: 0, bytes: 200_000_000 });
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * 1024 * 1024);
    const { durationMs } = outcome as { durationMs: number };
    expect(pieces.length).toBeLessThanOrEqual(durationMs / 30 + 2);
    expect(Math.max(...pieces.map(({ text }) => text.length))).toBeLessThanOrEqual(16 * 1024);
  });
});

describe('a command whose secrets and protected files are replaced outside', () => {
  const replace = (path: string) => {
    writeFileSync(`${path}.new`, 'hunter3');
    renameSync(`${path}.new`, path);
  };
  const LOOP = 'cat held; touch up; while :; do cat held; sleep 0.01; done';
  const up = (root: string) => vi.waitFor(() => expect(existsSync(join(root, 'up'))).toBe(true), { timeout: 10_000 });

  it('is ended, and that is a fact of the record and a word to the model', async () => {
    const { root, run, finished } = await house({ protect: ['held'], files: { held: 'before' } });
    const running = run(LOOP);
    await up(root);
    replace(join(root, 'held'));
    const { outcome, content } = await running;
    expect(outcome).toMatchObject({ status: 'exited', code: 137, uncovered: 'held', timedOut: false });
    expect(finished).toMatchObject([{ code: 137, uncovered: 'held' }]);
    expect(content).toMatch(/^Ended by the sandbox after \d+\.\d s: held, which no command may change, was/);
    expect(content).toContain('before');
  });

  it('has said nothing to the model where it may have read a secret, nor left it in the record', async () => {
    const { root, run, blobs } = await house({ hide: ['held'], files: { held: 'hunter2' } });
    const running = run(`head -c 200000 /dev/zero | tr '\\0' x; ${LOOP}`);
    await up(root);
    replace(join(root, 'held'));
    const { outcome, content } = await running;
    expect(outcome).toMatchObject({ status: 'exited', uncovered: 'held' });
    expect(content).toMatch(/not passed on/);
    expect(content).not.toMatch(/xxx|hunter/);
    expect(blobs.size).toBe(0);
  });

  it('is ended in the background too, and says so when it is read', async () => {
    const { root, run, task, finished } = await house({ hide: ['held'], files: { held: 'hunter2' } });
    const id = idOf(await run(LOOP, { background: true }));
    await up(root);
    rmSync(join(root, 'held'));
    await vi.waitFor(() => expect(finished).toMatchObject([{ uncovered: 'held' }]), { timeout: 10_000 });
    const { content } = await task('read_task', id);
    expect(content).toMatch(/^task_1: ended after \d+\.\d s, by the sandbox: held, which/);
    expect(content).toMatch(/not passed on/);
    expect(content).not.toContain('Permission denied');
  });

  it('is left alone where the file is changed in place', async () => {
    const { root, run } = await house({ protect: ['held'], files: { held: 'before' } });
    const running = run('touch up; until grep -q more held; do sleep 0.01; done');
    await up(root);
    appendFileSync(join(root, 'held'), 'more');
    expect((await running).outcome).toMatchObject({ code: 0, uncovered: '' });
  });
});

describe('a command in the background', () => {
  it('outlives its call, is read from where the last reading ended, and is stopped with all of it', async () => {
    const { root, run, task, finished } = await house();
    writeFileSync(join(root, 'go'), '');
    const id = idOf(
      await run('echo one; while test -e go; do sleep 0.05; done; echo two; sleep 30', { background: true }),
    );
    expect(finished).toHaveLength(0);
    await vi.waitFor(async () => expect((await task('read_task', id)).content).toContain('\none\n'));
    expect((await task('read_task', id)).content).toContain('Nothing new was printed.');
    rmSync(join(root, 'go'));
    await vi.waitFor(async () => expect((await task('read_task', id)).content).toContain('\ntwo\n'));
    expect((await task('list_tasks')).content).toMatch(/^task_1: running .*echo one/);
    expect((await task('stop_task', id)).content).toMatch(/^task_1: ended after .*SIGTERM/);
    expect(finished).toMatchObject([{ code: null, signal: 'SIGTERM' }]);
  });

  it('is there for its own session alone', async () => {
    const { run, task } = await house();
    const id = idOf(await run('sleep 30', { background: true }));
    for (const tool of ['read_task', 'stop_task'] as const)
      expect((await task(tool, id, 'other')).outcome).toMatchObject({ status: 'failed', code: 'not_found' });
    expect((await task('list_tasks', '', 'other')).content).toContain('no command in the background');
  });

  it('is recorded by itself when it ends, where no outcome of its call follows any more', async () => {
    const { run, follows } = await house();
    await run('true');
    await run('true', { background: true });
    await vi.waitFor(() => expect(follows).toEqual(['outcome', 'nothing']));
  });

  it('is recorded when it ends by itself', async () => {
    const { run, finished, task, confinement } = await house();
    const id = idOf(await run('exit 5', { background: true }));
    await vi.waitFor(() => expect(finished).toMatchObject([{ code: 5 }]));
    expect((await task('read_task', id)).content).toContain('exit code 5');
    expect(confinement.done()).toBe(1);
  });

  it('ends with the server, and that is recorded before it is gone', async () => {
    const { run, commands, finished } = await house();
    await run('sleep 30', { background: true });
    await run('sleep 30', { background: true });
    await commands.close();
    expect(finished).toHaveLength(2);
  });

  it('that cannot be set up says so at once', async () => {
    const { run, task } = await house({ flags: ['--protect', '/nowhere/at/all'] });
    expect((await run('true', { background: true })).outcome).toMatchObject({ status: 'failed', code: 'sandbox' });
    expect((await task('list_tasks')).content).toContain('no command');
  });

  it('is one of a few', async () => {
    const { run } = await house();
    const all = await Promise.all(Array.from({ length: 8 }, () => run('sleep 30', { background: true })));
    expect(all.every(({ outcome }) => outcome.status === 'done')).toBe(true);
    expect((await run('true', { background: true })).outcome).toMatchObject({ status: 'failed', code: 'too_many' });
  });
});
