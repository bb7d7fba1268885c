/** The tools that start programs: what they plan, what they refuse, and that git takes no word of theirs for an option. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { createCommands } from '../../server/run/command.ts';
import { COMMAND_LIMITS } from '../../server/tools/command-limits.ts';
import { COMMAND_TOOLS, offers, TOOLS, toolsFor } from '../../server/tools/registry.ts';
import type { Planned } from '../../server/tools/tool.ts';
import type { CommandAction } from '../../shared/action.ts';
import { testConfinement, nowhere, unheard } from '../fixtures/confined.ts';
import { refusal, toolWorkspace, type ToolWorkspace } from './workspace.ts';

let ws: ToolWorkspace;
beforeEach(async () => {
  ws = await toolWorkspace();
});
afterEach(() => ws.close());

function commandOf(planned: Planned): CommandAction {
  if (planned.kind !== 'action' || planned.action.kind !== 'command') throw new Error(refusal(planned));
  return planned.action;
}

describe('tools that start programs', () => {
  it('are offered only where a sandbox holds what they start', () => {
    expect(toolsFor('none')).toEqual(TOOLS);
    for (const tier of ['full', 'assisted', 'partial'] as const)
      expect(toolsFor(tier)).toEqual([...TOOLS, ...COMMAND_TOOLS]);
    expect(COMMAND_TOOLS.map(({ name }) => name)).toEqual([
      ...['run_command', 'read_task', 'stop_task', 'list_tasks'],
      ...['git_commit', 'git_branch', 'git_switch', 'git_restore', 'git_stash'],
    ]);
  });

  it.each(offers(COMMAND_TOOLS))('are offered as objects of plain types: $name', ({ description, schema }) => {
    expect(description).toMatch(/\.$/);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.stringify(schema)).not.toMatch(/\$ref|anyOf|oneOf|maxLength|maximum|maxItems|\$schema/);
  });
});

describe('run_command', () => {
  it('plans the shell with the script as its one argument', async () => {
    mkdirSync(join(ws.root, 'src'));
    const command = 'echo "$HOME"; rm -rf -- \'$x\'\n# end';
    expect(commandOf(await ws.plan('run_command', { command, cwd: 'src/' }))).toEqual({
      ...{ kind: 'command', tool: 'run_command', script: command, argv: ['/bin/bash', '-c', command], cwd: 'src' },
      ...{ env: {}, git: 'readonly', network: { mode: 'none', hosts: [] }, limits: COMMAND_LIMITS, background: false },
    });
  });

  it.each([
    [{ command: 'x', timeoutMs: 5_000 }, 5_000],
    [{ command: 'x', background: true }, 12 * 3_600_000],
    [{ command: 'x', background: true, timeoutMs: 7_000_000 }, 7_000_000],
  ])('has the time that is asked for: %j', async (args, wallMs) => {
    expect(commandOf(await ws.plan('run_command', args)).limits.wallMs).toBe(wallMs);
  });

  it.each([
    [{ command: ' \n' }, /^bad_arguments: .*empty/],
    [{ command: 'a\0b' }, /^bad_arguments: .*NUL/],
    [{ command: 'a\ud800' }, /^bad_arguments: .*surrogate/],
    [{ command: 'x'.repeat(100_001) }, /^bad_arguments: .*100001 bytes/],
    [{ command: 'x', timeoutMs: 3_600_001 }, /^bad_arguments: .*background: true/],
    [{ command: 'x', timeoutMs: 0 }, /^arguments/],
    [{ command: 'x', cwd: '..' }, /^outside/],
    [{ command: 'x', cwd: '/etc' }, /^outside/],
    [{ command: 'x', cwd: 'a.txt' }, /^not_a_directory/],
    [{ command: 'x', cwd: 'gone' }, /^not_found/],
    [{ command: 'x', cwd: 'a\0' }, /^bad_path: .*NUL/],
    [{ command: 'x', env: { A: 'b' } }, /There is no argument "env"/],
  ])('refuses %j', async (args, message) => {
    ws.put('a.txt', '');
    expect(refusal(await ws.plan('run_command', args))).toMatch(message);
  });
});

describe('the git tools', () => {
  it.each([
    ['git_commit', { message: ' ' }, /^bad_arguments: .*empty/],
    ['git_commit', { message: 'a\0' }, /^bad_arguments: .*NUL/],
    ['git_commit', { message: 'a', paths: ['../x'] }, /^outside/],
    ['git_commit', { message: 'a', paths: ['.git/config'] }, /^protected/],
    ['git_commit', { message: 'a', paths: ['sub/.GIT/hooks'] }, /^protected/],
    ['git_commit', { message: 'a', paths: [] }, /^arguments/],
    ['git_restore', { paths: ['/etc/passwd'] }, /^outside/],
    ...[
      '',
      '-f',
      '--force',
      'a b',
      'a..b',
      '@',
      'HEAD',
      'a@{1}',
      '.a',
      'a/.b',
      'a.lock',
      'a/',
      '/a',
      'a~1',
      'a:b',
      'a\nb',
    ].flatMap((name) => ['git_branch', 'git_switch'].map((tool) => [tool, { name }, /^bad_arguments/] as const)),
  ] as const)('%s refuses %j', async (tool, args, message) => {
    expect(refusal(await ws.plan(tool, args))).toMatch(message);
  });

  it('ask with git’s folder writable, no hook, no monitor, no pattern, no network', async () => {
    const { argv, git, network } = commandOf(await ws.plan('git_stash', {}));
    expect(argv.slice(0, 7)).toEqual([
      ...['git', '--no-pager', '--literal-pathspecs', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'],
    ]);
    expect({ git, network }).toEqual({ git: 'guarded', network: { mode: 'none', hosts: [] } });
  });
});

describe('in a repository', () => {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: ws.root, encoding: 'utf8', env: ENV });
  const ENV = { PATH: '/usr/bin:/bin', HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1' };

  beforeEach(() => {
    git('init', '-q', '-b', 'main');
    for (const [key, value] of [
      ['user.name', 'T'],
      ['user.email', 't@example.org'],
    ])
      git('config', key!, value!);
    writeFileSync(join(ws.root, '.git/hooks/pre-commit'), '#!/bin/sh\ntouch hooked\nexit 1\n', { mode: 0o755 });
    ws.put('a.txt', 'one\n');
    ws.put('b.txt', 'one\n');
    git('-c', 'core.hooksPath=/dev/null', 'add', '.');
    git('-c', 'core.hooksPath=/dev/null', 'commit', '-qm', 'first');
  });

  async function run(tool: string, args: unknown): Promise<string> {
    const commands = createCommands({
      confinement: await testConfinement(ws.root),
      blobs: { put: () => Promise.resolve('') },
      ways: nowhere(),
      onLost: expect.unreachable,
    });
    const action = commandOf(await ws.plan(tool, args));
    return (await commands.command(action, new AbortController().signal, unheard())).content;
  }

  it('commit what is named, new or known, and nothing else; the message is a message', async () => {
    ws.put('a.txt', 'two\n');
    ws.put('b.txt', 'two\n');
    ws.put('--amend', 'new\n');
    ws.put('*', 'new\n');
    const message = '--author=Eve <e@e> "$(touch pwned)" `touch pwned`\n\n# kept';
    expect(await run('git_commit', { message, paths: ['a.txt', '--amend', '*'] })).toContain('Exit code 0');
    expect(git('log', '-1', '--format=%an|%B').trim()).toBe(`T|${message}`);
    expect(git('show', '--name-only', '--format=').trim().split('\n').sort()).toEqual(['*', '--amend', 'a.txt']);
    expect(git('status', '--porcelain')).toBe(' M b.txt\n');
  });

  it('commit every tracked change, and no new file', async () => {
    ws.put('a.txt', 'two\n');
    ws.put('new.txt', 'x\n');
    expect(await run('git_commit', { message: 'second' })).toContain('Exit code 0');
    expect(git('show', '--name-only', '--format=').trim()).toBe('a.txt');
    expect(git('status', '--porcelain')).toBe('?? new.txt\n');
  });

  it('branch, switch, put aside, take back and restore', async () => {
    expect(await run('git_branch', { name: 'fix/typo' })).toContain('Exit code 0');
    expect(await run('git_switch', { name: 'fix/typo' })).toContain('Exit code 0');
    expect(git('branch', '--show-current')).toBe('fix/typo\n');
    ws.put('a.txt', 'two\n');
    expect(await run('git_stash', {})).toContain('Exit code 0');
    expect(readFileSync(join(ws.root, 'a.txt'), 'utf8')).toBe('one\n');
    expect(await run('git_stash', { pop: true })).toContain('Exit code 0');
    expect(readFileSync(join(ws.root, 'a.txt'), 'utf8')).toBe('two\n');
    expect(await run('git_restore', { paths: ['a.txt'] })).toContain('Exit code 0');
    expect(readFileSync(join(ws.root, 'a.txt'), 'utf8')).toBe('one\n');
    expect(git('status', '--porcelain')).toBe('');
  });
});
