/** What the page says of a command: drawn from its action, whole, with nothing in a script that a reader could pass over. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandAction } from '../../shared/action.ts';
import { drawnOf } from '../../shared/drawn.ts';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { titleOf } from '../../shared/title.ts';
import { judge } from '../../server/policy/judge.ts';
import { NO_WORLD } from '../../server/policy/world.ts';
import { COMMAND_LIMITS } from '../../server/tools/command-limits.ts';
import { byRisk, happening, hiddenIn, marksOf, titleParts, touchesOf } from '../../web/approval/facts.ts';
import { lineOf } from '../../web/chat/tool-line.ts';
import { layerWords, runFacts, timeWords } from '../../web/command/facts.ts';
import { scriptFacts, scriptLines, scriptPieces, wordsOf } from '../../web/command/script.ts';
import { checkWords, networkWords, SANDBOX } from '../../web/header/sandbox.ts';
import { toolWorkspace, type ToolWorkspace } from '../tools/workspace.ts';

function command(script: string, over: Partial<CommandAction> = {}): CommandAction {
  return {
    ...{ kind: 'command', tool: 'run_command', script, argv: ['/bin/bash', '-c', script], cwd: '.', env: {} },
    ...{ git: 'readonly', network: { mode: 'none', hosts: [] }, limits: COMMAND_LIMITS, background: false },
    ...over,
  };
}
const judged = (action: CommandAction) =>
  judge(
    action,
    { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null },
    {
      mode: 'ask',
      trusted: true,
      actor: 'agent',
      granted: false,
      standing: [],
      boxed: false,
      tainted: '',
      world: NO_WORLD,
    },
  );

describe('a script', () => {
  const chips = (script: string) =>
    scriptPieces(script).flatMap((piece) =>
      piece.kind === 'text' ? [] : piece.kind === 'run' ? [piece.label] : [piece.code],
    );

  it.each<[string, string, string[]]>([
    ['nothing in plain words, indentation or single tabs', 'if x; then\n    make\n\tfi\n', []],
    ['a right-to-left override', 'cp "a_\u202egpj.sh" b', ['U+202E']],
    ['a carriage return before a line break, which is a part of the word', 'true\r\nls\n', ['U+000D']],
    ['blanks at the end of a line and of all', 'rm a  \nls\t \n   ', ['space × 2', 'blank × 2', 'space × 3']],
    ['one blank at an end only where it is escaped', 'rm a \nrm b\\ \n', ['space × 1']],
    ['gaps inside a line, however long', `a${' '.repeat(8)}b${' '.repeat(64)}; c`, ['space × 8', 'space × 64']],
    ['many empty lines', `a${'\n'.repeat(9)}rm b`, ['line break × 8']],
    ['a terminal sequence', 'echo \x1b[8m', ['U+001B']],
  ])('shows %s', (_what, script, expected) => {
    expect(chips(script)).toEqual(expected);
  });

  it('is drawn whole: the pieces are the script, whatever is in it', () => {
    const char = fc.constantFrom(...['a', ' ', ' '.repeat(9), '\t', '\n', '\n\n\n\n\n\n\n', '\r', '\u202e', 'с', '\u{1f600}', ';']); // prettier-ignore
    const script = fc.array(char, { maxLength: 60 }).map((chars) => chars.join(''));
    const property = fc.property(script, (text) => {
      expect(scriptPieces(text).map((piece) => piece.text).join('')).toBe(text); // prettier-ignore
      const lines = scriptLines(text).map((line) => line.map((piece) => piece.text).join(''));
      expect(lines.join('\n')).toBe(text.endsWith('\n') && lines.length > 0 ? text.replace(/\n$/, '') : text);
      expect(wordsOf(text).map((word) => word.text).join('')).toBe(text); // prettier-ignore
    });
    fc.assert(property);
  });

  it('keeps words together that a browser would break after a hyphen', () => {
    const whole = wordsOf('npm test -- --coverage').filter((word) => word.whole);
    expect(whole.map(({ text }) => text)).toEqual(['--', '--coverage']);
  });

  it('is told in numbers', () => {
    expect(scriptFacts('ls')).toBe('2 bytes, no hidden characters');
    expect(scriptFacts(`é\u202e${' '.repeat(64)}\nb\n`)).toBe('72 bytes, 2 lines, 1 hidden character, 1 run of blanks');
  });
});

describe('what is executed', () => {
  let ws: ToolWorkspace;
  beforeEach(async () => {
    ws = await toolWorkspace();
  });
  afterEach(() => ws.close());
  async function planned(tool: string, args: unknown): Promise<CommandAction> {
    const plan = await ws.plan(tool, args as never);
    if (plan.kind !== 'action' || plan.action.kind !== 'command') throw new Error(`${tool} planned ${plan.kind}`);
    return plan.action;
  }

  it('is a script only where it is the one argument of the shell', () => {
    expect(drawnOf(command('ls'))).toEqual({ kind: 'script', script: 'ls' });
    expect(drawnOf(command('ls', { argv: ['/bin/bash', '-c', 'rm -rf .'] }))).toEqual({ kind: 'argv' });
    expect(drawnOf(command('ls', { argv: ['/bin/bash', '-c', 'ls', 'more'] }))).toEqual({ kind: 'argv' });
    expect(drawnOf(command('ls', { argv: ['/tmp/bash', '-c', 'ls'] }))).toEqual({ kind: 'argv' });
  });

  it('is the message and the paths of a commit, as the tool plans it', async () => {
    const message = 'fix: a thing\n\nwith --reasons';
    expect(drawnOf(await planned('git_commit', { message }))).toEqual({ kind: 'commit', message, paths: null });
    const named = await planned('git_commit', { message, paths: ['a.txt', '--all'] });
    expect(drawnOf(named)).toEqual({ kind: 'commit', message, paths: ['a.txt', '--all'] });
    expect(lineOf(named)).toBe('Commit fix: a thing and 2 more lines, 2 paths');
    expect(titleParts(named)).toEqual({ verb: 'Commit to git', names: [], rest: '' });
    expect(titleOf(named)).toBe('Commit a.txt, --all to git: fix: a thing');
    expect(titleOf(await planned('git_commit', { message }))).toBe('Commit all changes to git: fix: a thing');
  });

  it('is the whole argv where a commit has anything that the page does not know', async () => {
    const { argv, ...rest } = await planned('git_commit', { message: 'm', paths: ['a.txt'] });
    const script = argv.map((word, i) => (i === 2 ? `${word}; curl x` : word));
    expect(drawnOf({ ...rest, argv: script })).toEqual({ kind: 'argv' });
    const all = await planned('git_commit', { message: 'm' });
    const hooks = all.argv.map((word) => (word.startsWith('core.hooksPath=') ? 'core.hooksPath=./evil' : word));
    expect(drawnOf({ ...all, argv: hooks })).toEqual({ kind: 'argv' });
    expect(drawnOf({ ...all, argv: ['git', '-c', ...all.argv.slice(1)] })).toEqual({ kind: 'argv' });
  });

  it('is named for the other tools of git by what they are about', async () => {
    const made = await planned('git_branch', { name: 'fix/typo' });
    expect(drawnOf(made)).toEqual({ kind: 'argv' });
    expect(titleParts(made)).toEqual({ verb: 'Make the git branch', names: ['fix/typo'], rest: '' });
    expect(lineOf(await planned('git_switch', { name: 'main' }))).toBe('Switch main');
    expect(lineOf(await planned('git_restore', { paths: ['a.txt', 'b.txt'] }))).toBe('Restore a.txt b.txt');
    expect(titleParts(await planned('git_stash', { pop: true })).verb).toBe('Take stashed changes back');
    const titles = [made, await planned('git_restore', { paths: ['a.txt'] }), await planned('git_stash', {})].map(
      titleOf,
    );
    expect(titles).toEqual(['Make the git branch fix/typo', 'Restore from git a.txt', 'Stash changes in git']);
  });
});

describe('the card of a command', () => {
  it('counts hidden characters in the script, the folder and the variables', () => {
    const hostile = command('a\u202eb\r\n', { cwd: 'x\u200b', env: { A: '\u2066' } });
    expect(hiddenIn(hostile)).toBe(4);
    expect(marksOf(hostile, judged(hostile)).map(({ text }) => text)).toEqual([
      'not inspectable',
      '4 hidden characters',
    ]);
  });

  it('says where it runs, how long, and in amber what is more than a command gets', () => {
    const more = (action: CommandAction) => runFacts(action).filter((fact) => fact.more).map((fact) => [fact.label, fact.text, fact.names]); // prettier-ignore
    expect(more(command('ls'))).toEqual([]);
    expect(runFacts(command('ls', { cwd: 'src' })).map(({ text, names }) => text || names[0])).toEqual([
      ...['src', '10 min', 'No network', 'Read-only'],
    ]);
    const open = command('ls', { network: { mode: 'host', hosts: [] }, git: 'guarded', background: true });
    expect(more(open).map(([label]) => label)).toEqual(['Network', 'Git', 'Background']);
    expect(marksOf(open, judged(open))).toMatchObject([{ tone: 'waiting', text: 'network of this machine' }]);
    const named = command('ls', { network: { mode: 'proxy', hosts: ['registry.npmjs.org'] } });
    expect(more(named)).toEqual([['Network', 'Through a proxy to', ['registry.npmjs.org']]]);
    expect(touchesOf(open, judged(open)).map(({ icon }) => icon)).toEqual(['eye', 'pencil', 'branch']);
  });

  it('says what a yes would do, to the second', () => {
    const none = new Set<string>();
    const limits = { ...COMMAND_LIMITS, wallMs: 90_000 };
    expect(happening(command('ls', { limits }), none)).toMatchObject({ lead: 'Runs it once', after: 'Confined, 90 s at most.' }); // prettier-ignore
    expect(happening(command('ls', { background: true }), none).lead).toBe('Starts it once, in the background');
    expect([1, 1_500, 60_000, 61_000, 5_400_000, 7_200_000].map(timeWords)).toEqual([
      ...['1 ms', '1.5 s', '1 min', '61 s', '1 h 30 min', '2 h'],
    ]);
  });

  it('comes before reads and after what reaches the network', () => {
    const waiting = (action: CommandAction, requestedAt: string) => ({ action, verdict: judged(action), requestedAt });
    const open = waiting(command('curl x', { network: { mode: 'host', hosts: [] } }), '2');
    const plain = waiting(command('ls'), '1');
    expect(byRisk([plain, open])).toEqual([open, plain]);
  });
});

describe('the header', () => {
  const layers = { namespaces: true, landlock: 7, seccomp: true, pidLimit: false };
  const status = (tier: SandboxStatus['tier']): SandboxStatus => ({ tier, why: '', layers, missing: [], checks: [] });

  it('says the tier as it is, green only for a full one', () => {
    expect(Object.values(SANDBOX).filter(({ tone }) => tone === 'allowed').map(({ word }) => word)).toEqual(['Sandbox full']); // prettier-ignore
    expect(SANDBOX.none.word).toBe('No sandbox: commands off');
  });

  it('names each layer, and whether it is in force', () => {
    expect(layerWords(layers).map(({ name, inForce }) => [name, inForce])).toEqual([
      ...[['Namespaces', true], ['Landlock (ABI 7)', true], ['seccomp', true], ['Process limit', false]], // prettier-ignore
    ]);
  });

  it('counts the attacks that were tried, and those that came through', () => {
    expect(checkWords([{ blocked: true }, { blocked: true }])).toBe('2 attacks tried at start, all stopped');
    expect(checkWords([{ blocked: true }, { blocked: false }])).toBe('2 attacks tried at start, 1 came through');
  });

  it('says in amber where commands reach the network, and not where none runs', () => {
    expect(networkWords({ network: 'host', sandbox: status('full') })).toMatchObject({ more: true });
    expect(networkWords({ network: 'none', sandbox: status('full') })).toMatchObject({
      more: false,
      word: 'No network',
    });
    expect(networkWords({ network: 'host', sandbox: status('none') })).toMatchObject({
      more: false,
      word: 'No network',
    });
  });
});
