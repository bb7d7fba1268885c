/** Long lists, risks, the palette, and the words of the rail and of sizes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../server/policy/judge.ts';
import { NO_WORLD } from '../../server/policy/world.ts';
import type { EditAction, FileChange, FileState } from '../../shared/action.ts';
import type { PendingApproval } from '../../shared/api.ts';
import { newActionId, newApprovalId, newCallId, newMessageId, type ActionId } from '../../shared/ids.ts';
import { fold } from '../../shared/timeline.ts';
import { marksOfPaths } from '../../shared/verdict.ts';
import { groupsOf } from '../../web/changes/ledger.ts';
import { riskOf } from '../../web/changes/risk.ts';
import { fitting, type Command } from '../../web/frame/commands.ts';
import { difference } from '../../web/trust/difference.ts';
import { splitPath } from '../../web/ui/path.ts';
import { bytes, counted, rough } from '../../web/ui/size.ts';
import { revealed, sliceOf } from '../../web/ui/window.ts';
import { createScript } from '../fixtures/events.ts';

const changeOf = (path: string, from: string): FileChange => ({
  op: path === from ? 'create' : 'move',
  path,
  from,
  before: { state: 'absent' },
  after: { state: 'file', sha256: 'a'.repeat(64), size: 1, mode: 0o644 },
  diff: { kind: 'text', hunks: [], added: 1, removed: 0 },
});

/** What the policy says of a change there, in mode ask. */
function judged(path: string, from: string) {
  const action: EditAction = { kind: 'edit', tool: 'write_file', changes: [changeOf(path, from)] };
  const facts = {
    mode: 'ask',
    trusted: true,
    actor: 'agent',
    granted: false,
    standing: [],
    boxed: false,
    tainted: '',
    world: NO_WORLD,
  } as const;
  const verdict = judge(
    action,
    { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null },
    facts,
  );
  return { action, verdict, reasons: verdict.reasons };
}

describe('sliceOf', () => {
  it('draws every row in view and never one that is not there', () => {
    const view = fc.record({
      top: fc.integer({ min: -50, max: 5_000_000 }),
      height: fc.integer({ min: 0, max: 2_000 }),
    });
    fc.assert(
      fc.property(view, fc.integer({ min: 0, max: 200_000 }), (at, count) => {
        const { start, end } = sliceOf(at, 20, count);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
        expect(end).toBeGreaterThanOrEqual(start);
        for (const y of [at.top, at.top + at.height - 1]) {
          const row = Math.floor(y / 20);
          if (row >= 0 && row < count && at.height > 0) expect(start <= row && row < end).toBe(true);
        }
      }),
    );
  });

  it('scrolls as little as shows a row', () => {
    const view = { top: 100, height: 200 };
    expect(revealed(view, 20, 2)).toBe(40);
    expect(revealed(view, 20, 7)).toBe(100);
    expect(revealed(view, 20, 20)).toBe(220);
  });
});

describe('riskOf', () => {
  const absent: FileState = { state: 'absent' };
  const file = (mode: number): FileState => ({ state: 'file', sha256: 'a'.repeat(64), size: 1, mode });
  const risk = (
    path: string,
    {
      from = path,
      before = absent,
      after = file(0o644),
    }: { from?: string; before?: FileState; after?: FileState } = {},
  ) => riskOf({ path, from, before, after }, marksOfPaths(judged(path, from).reasons, [path, from]));

  it.each([
    ['package.json', 'exec'],
    ['.github/workflows/ci.yml', 'exec'],
    ['web/vite.config.ts', 'exec'],
    ['crates/x/Cargo.toml', 'exec'],
    ['AGENTS.md', 'exec'],
    ['Gemfile', 'exec'],
    ['package-lock.json', 'dependencies'],
    ['crates/x/Cargo.lock', 'dependencies'],
    ['src/.env', 'secrets'],
    ['src/auth/login.ts', 'network'],
    ['src/http-client.ts', 'network'],
    ['src/retry.ts', 'rest'],
    ['docs/authors.md', 'rest'],
    ['src/a\u202egpj.ts', 'disguised'],
  ])('takes %s for %s, as the policy does', (path, expected) => expect(risk(path)).toBe(expected));

  it('looks at the name before a move too, and at what becomes executable', () => {
    expect(risk('x.txt', { from: 'package.json', before: file(0o644) })).toBe('exec');
    expect(risk('tool', { before: file(0o644), after: file(0o755) })).toBe('permissions');
    expect(risk('tool', { before: file(0o755), after: file(0o755) })).toBe('rest');
  });

  it('calls nothing low of which the verdict is not known', () => {
    const change = { path: 'package.json', from: 'package.json', before: absent, after: file(0o644) };
    expect(riskOf(change, null)).toBe('unknown');
    expect(riskOf({ ...change, after: file(0o755) }, null)).toBe('permissions');
  });
});

describe('groupsOf', () => {
  const { events, tell } = createScript();
  const [callId, actionId, messageId] = [newCallId(), newActionId(), newMessageId()];
  const made = judged('web/vite.config.ts', 'web/vite.config.ts');
  const call = { type: 'tool_call' as const, callId, name: 'write_file', args: { kind: 'json' as const, value: {} } };
  tell({ type: 'message.assistant', data: { messageId, provider: 'p', model: 'm', parts: [call], stop: 'tools' } });
  tell({
    type: 'action.proposed',
    data: { actionId, callId, action: made.action, digest: 'a'.repeat(64), verdict: made.verdict },
  });
  const landed = (id: ActionId, path: string) => {
    const data = { ...changeOf(path, path), added: 1, removed: 0 };
    tell({ type: 'file.changed', data: { ...data, actionId: id } });
    return data;
  };
  const changes = [landed(actionId, 'web/vite.config.ts'), landed(newActionId(), 'Makefile')];
  const waiting = (path: string) => {
    const { action, verdict } = judged(path, path);
    return { id: newApprovalId(), action, verdict } as PendingApproval;
  };

  it('puts what landed and what waits where the policy saw it, and apart what it is not known of', () => {
    const groups = groupsOf(changes, {
      ...{ timeline: fold(events), pending: [waiting('.env'), waiting('src/a.ts')] },
      takenBack: new Set<string>(),
    });
    expect(groups.map(({ risk, rows }) => [risk, ...rows.map(({ path }) => path)])).toEqual([
      ['exec', 'web/vite.config.ts'],
      ['secrets', '.env'],
      ['unknown', 'Makefile'],
      ['rest', 'src/a.ts'],
    ]);
  });
});

describe('fitting', () => {
  const command = (label: string, hint = ''): Command => ({ id: label, icon: 'x', label, hint, run: () => {} });
  const all = [command('Export this session'), command('New session'), command('Session notes', 'session')];
  it('keeps the order while nothing is typed, and wants every word', () => {
    expect(fitting(all, ' ')).toEqual(all);
    expect(fitting(all, 'sess new').map(({ id }) => id)).toEqual(['New session']);
    expect(fitting(all, 'zzz')).toEqual([]);
  });
  it('puts what begins with the word first', () => {
    expect(fitting(all, 'session').map(({ id }) => id)).toEqual([
      'Session notes',
      'Export this session',
      'New session',
    ]);
  });
});

describe('difference', () => {
  it('names what is new, changed and gone', () => {
    const file = (path: string, sha: string) => ({
      path,
      sha256: sha.repeat(64),
      size: 1,
      trusted: false,
      effect: 'runs' as const,
      what: '',
      excerpt: [],
      hiddenCharacters: 0,
      change: { kind: 'none' as const },
    });
    const before = [file('a', 'a'), file('b', 'b'), file('c', 'c')];
    const after = [file('a', 'a'), file('b', 'd'), file('d', 'e')];
    expect(difference(before, after)).toEqual(['b changed', 'd is new', 'c is gone']);
    expect(difference(before, before)).toEqual([]);
  });
});

describe('words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [2_100, '2.1 kB'],
    [999_600, '1.0 MB'],
    [52_000_000, '52 MB'],
  ])('says %d bytes as %s', (count, words) => {
    expect(bytes(count)).toBe(words);
  });
  it('counts and rounds', () => {
    expect(counted(1, 'file')).toBe('1 file');
    expect(counted(12_408, 'event')).toBe('12,408 events');
    expect([rough(940), rough(1_200), rough(199_800), rough(1_250_000)]).toEqual(['940', '1.2k', '200k', '1.3M']);
  });
  it('splits a path so that its name is kept', () => {
    expect(splitPath('src/lib/a.ts')).toEqual({ dir: 'src/lib/', base: 'a.ts' });
    expect(splitPath('a.ts')).toEqual({ dir: '', base: 'a.ts' });
    expect(splitPath('src/lib/')).toEqual({ dir: 'src/', base: 'lib/' });
  });
});
