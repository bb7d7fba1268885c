/** What a card says is drawn from the action and the verdict, and its digest is checked by the page itself. */
import { describe, expect, it } from 'vitest';
import { digestOf, type Action, type EditAction, type FileChange, type Hunk } from '../../shared/action.ts';
import type { Reason, Verdict } from '../../shared/verdict.ts';
import { judge } from '../../server/policy/judge.ts';
import { NO_WORLD } from '../../server/policy/world.ts';
import { check } from '../../web/approval/check.ts';
import { byRisk, happening, hiddenIn, marksOf, titleParts, touchesOf, whyNoSession } from '../../web/approval/facts.ts';
import { landsOnly, selected, unitKey, unitsOf } from '../../web/approval/selection.ts';

const SHA = 'a'.repeat(64);
const file = (sha256 = SHA) => ({ state: 'file' as const, sha256, size: 10, mode: 0o644 });

const hunk = (id: string, lines: string[]): Hunk => ({ id, oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines });

function change(path: string, hunks: Hunk[], over: Partial<FileChange> = {}): FileChange {
  const diff = { kind: 'text' as const, hunks, added: 0, removed: 0 };
  return { op: 'modify', path, from: path, before: file(), after: file('b'.repeat(64)), diff, ...over };
}

const edit = (...changes: FileChange[]): EditAction => ({ kind: 'edit', tool: 'edit_file', changes });

const two = edit(change('package.json', [hunk('h1', ['-a', '+b']), hunk('h2', [' c', '+d'])]));

const reason = (over: Partial<Reason>): Reason => ({
  rule: 'edit.workspace',
  layer: 'default',
  source: 'builtin/edit',
  decision: 'prompt',
  why: 'Every write waits.',
  about: { kind: 'none' },
  ...over,
});
const verdict = (...reasons: Reason[]): Verdict => ({ decision: 'prompt', reasons, inspectable: true, commands: [] });
/** What the policy itself says of it, in mode ask. */
const judged = (action: Action): Verdict =>
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
const program = edit(change('bin/run', [], { after: { ...file(), mode: 0o755 } }));
const secret: Action = { kind: 'read', tool: 'read_file', path: '.env', startLine: 1, endLine: null };
const plain = edit(change('src/a.ts', []));

describe('the title', () => {
  it('names the verb and the exact path', () => {
    expect(titleParts(two)).toEqual({ verb: 'Edit', names: ['package.json'], rest: '' });
    const moved = edit(change('b.ts', [], { op: 'move', from: 'a.ts' }));
    expect(titleParts(moved)).toEqual({ verb: 'Move', names: ['a.ts', 'b.ts'], rest: '' });
    expect(titleParts(edit(change('a', []), change('b', [])))).toEqual({ verb: 'Edit', names: [], rest: '2 files' });
  });
});

describe('the marks', () => {
  it.each<[string, Action, string[]]>([
    ['package.json', two, ['exec surface']],
    ['a workflow', edit(change('.github/workflows/ci.yml', [])), ['exec surface']],
    ['a file that becomes a program', program, ['becomes executable']],
    ['a secret that is read', secret, ['sensitive']],
    ['.npmrc, which is both', edit(change('.npmrc', [])), ['exec surface', 'sensitive']],
    ['a move away from one', edit(change('x.txt', [], { op: 'move', from: 'Makefile' })), ['exec surface']],
    ['a plain file', plain, []],
  ])('tell what the policy calls the paths of %s', (_what, action, marks) => {
    expect(marksOf(action, judged(action)).map((mark) => mark.text)).toEqual(marks);
  });

  it('count hidden characters in names and in added lines, not the line ends of CR LF', () => {
    const hostile = edit(change('a\u202egpj.sh', [hunk('h1', ['-old\u200b', '+new\u200b\r', '+x\ry'])]));
    expect(hiddenIn(hostile)).toBe(1 + 1 + 1);
    expect(marksOf(hostile, verdict(reason({})))[0]).toMatchObject({ tone: 'denied', text: '3 hidden characters' });
  });

  it('say that something could not be inspected', () => {
    expect(marksOf(two, { ...verdict(reason({})), inspectable: false })[0]?.text).toBe('not inspectable');
  });
});

describe('what it could touch', () => {
  it('says writes, removals and that there is no network', () => {
    const action = edit(change('a', []), change('b', [], { op: 'delete' }), change('d', [], { op: 'move', from: 'c' }));
    expect(touchesOf(action, verdict(reason({}))).map(({ text, names }) => [text, ...names])).toEqual([
      ['writes', 'a', 'd'],
      ['removes', 'b', 'c'],
      ['no network'],
    ]);
  });

  it('says that code can run later, where it can', () => {
    const words = (action: Action) => touchesOf(action, judged(action)).map(({ text }) => text);
    for (const action of [two, program]) expect(words(action)).toContain('can be run later by other tools');
    expect(words(plain)).not.toContain('can be run later by other tools');
  });
});

describe('what will happen', () => {
  it('says the whole edit, and what is left of it', () => {
    expect(happening(two, new Set())).toMatchObject({ lead: 'Lands all 2 hunks', added: 2, removed: 1, after: '' });
    const out = new Set([unitKey('package.json', 'h2')]);
    expect(happening(two, out)).toEqual({
      lead: 'Lands 1 of 2 hunks',
      names: ['package.json'],
      added: 1,
      removed: 1,
      after: 'Hunk 2 returns to the agent.',
    });
    const all = new Set(unitsOf(two).map((unit) => unit.key));
    expect(happening(two, all)).toMatchObject({ lead: 'Lands 0 of 2 hunks', after: 'Tick one, or deny.' });
  });

  it('says why an answer is not on offer', () => {
    expect(whyNoSession(['allow-once', 'allow-session'], verdict(reason({})))).toBe('');
    expect(whyNoSession(['allow-once'], judged(two))).toBe('Exec surfaces always ask.');
    expect(whyNoSession(['allow-once'], judged(program))).toBe('What becomes executable always asks.');
    expect(whyNoSession(['allow-once'], judged(edit(change('.env', []))))).toBe('What may hold secrets always asks.');
    const floor = reason({ rule: 'security.human-in-the-loop', layer: 'user' });
    expect(whyNoSession(['allow-once'], verdict(floor))).toBe('Rule security.human-in-the-loop asks each time.');
  });
});

describe('the order', () => {
  it('is by risk, then by who waits longest', () => {
    const at = (requestedAt: string, action: Action) => ({ action, verdict: judged(action), requestedAt });
    const late = at('2026-11-20T14:00:02Z', edit(change('late', [])));
    const early = at('2026-11-20T14:00:01Z', edit(change('early', [])));
    const env = at('2026-11-20T14:00:03Z', edit(change('.env', [])));
    const bits = at('2026-11-20T14:00:05Z', program);
    const risky = at('2026-11-20T14:00:04Z', two);
    expect(byRisk([late, env, early, bits, risky])).toEqual([risky, bits, env, early, late]);
  });
});

describe('the digest', () => {
  it('is checked against what is drawn', async () => {
    expect(await check(two, await digestOf(two))).toEqual({ state: 'match' });
    const other = edit(change('package.json', [hunk('h1', ['-a', '+evil'])]));
    expect(await check(other, await digestOf(two))).toMatchObject({ state: 'mismatch', own: await digestOf(other) });
  });
});

describe('what can be ticked', () => {
  const moved = change('d', [], { op: 'move', from: 'c', diff: { kind: 'opaque', why: 'unchanged' } });

  it('is each hunk, numbered through all files, and a file that is taken or left whole', () => {
    const gone = change('e', [hunk('h1', ['-e'])], { op: 'delete' });
    const action = edit(
      change('a', [hunk('h1', ['+a'])]),
      change('b', [hunk('h1', ['+b']), hunk('h2', ['+c'])]),
      moved,
      gone,
    );
    expect(unitsOf(action).map(({ number, path, whole, hunks }) => [number, path, whole, hunks.length])).toEqual([
      [1, 'a', false, 1],
      [2, 'b', false, 1],
      [3, 'b', false, 1],
      [4, 'd', true, 0],
      [5, 'e', true, 1],
    ]);
    expect(selected(action, new Set([unitKey('b', 'h1')]))).toEqual({ a: ['h1'], b: ['h2'], d: [], e: ['h1'] });
    expect(selected(action, new Set([unitKey('a', 'h1'), unitKey('d', '')]))).toEqual({ b: ['h1', 'h2'], e: ['h1'] });
  });

  const action = edit(...two.changes, moved);
  const out = new Set([unitKey('package.json', 'h2')]);
  const partly = (lines: string[], over: Partial<FileChange> = {}) => change('package.json', [hunk('h1', lines)], over);

  it('lands as ticked, however the diff lies over the same bytes', () => {
    expect(landsOnly(action, edit(partly([' x', '-a', '+b', ' y']), moved), out)).toEqual({ ok: true });
    expect(landsOnly(action, edit(partly(['-a', '+b'])), new Set([...out, unitKey('d', '')]))).toEqual({ ok: true });
  });

  it.each<[string, EditAction]>([
    ['a line that was not ticked', edit(partly(['-a', '+b', '+d']), moved)],
    ['a ticked line that is missing', edit(partly(['-a']), moved)],
    ['a file that was not proposed', edit(partly(['-a', '+b']), moved, change('evil', []))],
    ['the same file twice', edit(partly(['-a', '+b']), moved, moved)],
    ['a ticked file that is missing', edit(partly(['-a', '+b']))],
    ['other bytes for a whole file', edit(partly(['-a', '+b']), { ...moved, after: file('e'.repeat(64)) })],
    ['another file to start from', edit(partly(['-a', '+b'], { before: file('c'.repeat(64)) }), moved)],
    ['a lost final newline', edit(partly(['-a', '+b', '\\ No newline at end of file']), moved)],
  ])('is refused where the effect has %s', (_what, effective) => {
    expect(landsOnly(action, effective, out).ok).toBe(false);
  });

  it('is refused where a file of which nothing is ticked would change', () => {
    expect(landsOnly(action, edit(partly(['-a', '+b']), moved), new Set([...out, unitKey('d', '')])).ok).toBe(false);
  });
});
