/** The ranks: no mode, grant or rule loosens what stands above it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../server/base/host-pattern.ts';
import { judge } from '../../server/policy/judge.ts';
import { NO_WORLD } from '../../server/policy/world.ts';
import type { Facts, Rules, ToolRule } from '../../server/policy/rules.ts';
import type { PathRule } from '../../server/policy/paths.ts';
import type { Action } from '../../shared/action.ts';
import { newActionId } from '../../shared/ids.ts';
import type { Decision, Layer } from '../../shared/verdict.ts';

const NO_RULES: Rules = { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null };
const ASK: Facts = {
  mode: 'ask',
  trusted: true,
  actor: 'agent',
  granted: false,
  standing: [],
  boxed: false,
  tainted: '',
  world: NO_WORLD,
};

function write(path: string): Action {
  const after = { state: 'file' as const, sha256: 'a'.repeat(64), size: 1, mode: 0o644 };
  const diff = { kind: 'text' as const, hunks: [], added: 1, removed: 0 };
  return {
    kind: 'edit',
    tool: 'write_file',
    changes: [{ op: 'create', path, from: path, before: { state: 'absent' }, after, diff }],
  };
}
/** A file whose bytes stay, or a new one where `before` is null. */
function chmod(before: number | null, after: number): Action {
  const state = (mode: number) => ({ state: 'file' as const, sha256: 'a'.repeat(64), size: 1, mode });
  const change = {
    op: before === null ? ('create' as const) : ('modify' as const),
    path: 'bin/x',
    from: 'bin/x',
    before: before === null ? { state: 'absent' as const } : state(before),
    after: state(after),
    diff: { kind: 'opaque' as const, why: 'unchanged' as const },
  };
  return { kind: 'edit', tool: 'apply_patch', changes: [change] };
}
const read = (path: string): Action => ({ kind: 'read', tool: 'read_file', path, startLine: 1, endLine: null });

const rule = (decision: Decision, tool = 'write_file', layer: Layer = 'user'): ToolRule => ({
  id: `${layer}/${tool}`,
  layer,
  source: 'tool-policy.json:1',
  tool,
  decision,
  why: '',
});

const MINE: PathRule = {
  id: 'mine',
  kind: 'sensitive',
  layer: 'user',
  source: 'config.toml:1',
  patterns: ['private/**'],
  why: '',
};

const decide = (action: Action, rules: Partial<Rules> = {}, facts: Partial<Facts> = {}) =>
  judge(action, { ...NO_RULES, ...rules }, { ...ASK, ...facts }).decision;

describe('judge', () => {
  it('lets reads pass, asks for writes, and says which rule spoke', () => {
    expect(decide(read('src/a.ts'))).toBe('allow');
    expect(decide(write('src/a.ts'))).toBe('prompt');
    const { reasons } = judge(write('src/a.ts'), NO_RULES, ASK);
    expect(reasons[0]).toMatchObject({ rule: 'edit.workspace', layer: 'default', decision: 'prompt' });
  });

  it.each(['.git/hooks/pre-commit', 'vtcode.toml', '.vtcode/tool-policy.json', '.vt-workspace-trust', '.GIT/config'])(
    'denies every write to %s, whatever is allowed',
    (path) => {
      expect(decide(write(path), { tools: [rule('allow')] }, { mode: 'auto-edit', granted: true })).toBe('deny');
      expect(decide(write(path), {}, { actor: 'person' })).toBe('deny');
    },
  );

  it('denies every change while the workspace is untrusted or in mode plan', () => {
    expect(decide(write('a'), { tools: [rule('allow')] }, { trusted: false, granted: true })).toBe('deny');
    expect(decide(write('a'), { tools: [rule('allow')] }, { mode: 'plan', granted: true })).toBe('deny');
    expect(decide(read('a'), {}, { trusted: false })).toBe('allow');
  });

  it('lets the person save by their own hand, also where the agent may not', () => {
    expect(decide(write('a'), {}, { actor: 'person', trusted: false, mode: 'plan' })).toBe('allow');
  });

  it('asks the person for a host that a terminal of theirs wants: it is no hand of theirs that reaches for it', () => {
    const command = { actionId: newActionId(), title: 'shell 1' };
    const host: Action = { kind: 'connect', tool: 'terminal_connect', host: 'a.test', port: 443, method: 'CONNECT', command }; // prettier-ignore
    const parsed = parsePattern('a.test');
    const pattern = parsed.ok ? parsed.pattern : expect.unreachable();
    const hosts = [{ id: 'user/hosts', layer: 'user' as const, source: 'config.toml:1', text: 'a.test', pattern }];
    expect(decide(host, {}, { actor: 'person' })).toBe('prompt');
    expect(decide(host, { hosts }, { actor: 'person' })).toBe('allow');
    expect(decide(host, {}, { actor: 'person', mode: 'plan' })).toBe('prompt');
    expect(decide(host, { hosts }, { actor: 'person', trusted: false })).toBe('deny');
    expect(decide(host, { hosts }, { mode: 'plan' })).toBe('deny');
  });

  it.each(['package.json', '.github/workflows/ci.yml', 'Makefile', '.env'])(
    'asks for %s in any mode, also when granted',
    (path) => {
      expect(decide(write(path), { tools: [rule('allow')] }, { mode: 'auto-edit', granted: true })).toBe('prompt');
    },
  );

  it('asks before a secret is read by name', () => {
    expect(decide(read('.env'))).toBe('prompt');
    expect(decide(read('.env'), { tools: [rule('allow', 'read_file')] })).toBe('prompt');
    expect(decide(read('sub/.env.local'))).toBe('prompt');
    for (const path of ['.git/config', 'sub/.GIT/config', '.git-credentials'])
      expect(decide(read(path))).toBe('prompt');
    expect(decide(read('.git/HEAD'))).toBe('allow');
  });

  it('runs writes in mode auto-edit and what was granted for the session', () => {
    expect(decide(write('a'), {}, { mode: 'auto-edit' })).toBe('allow');
    expect(decide(write('a'), {}, { granted: true })).toBe('allow');
  });

  it('keeps an explicit prompt or deny over grants and modes, and takes the strictest of several', () => {
    const loose = { mode: 'auto-edit', granted: true } as const;
    expect(decide(write('a'), { tools: [rule('prompt')] }, loose)).toBe('prompt');
    expect(decide(write('a'), { tools: [rule('allow'), rule('deny', 'write_file', 'workspace')] }, loose)).toBe('deny');
    expect(decide(write('a'), { tools: [rule('allow')] })).toBe('allow');
    expect(decide(write('a'), { tools: [rule('deny', '*')] })).toBe('deny');
  });

  it('lets grants and modes turn a default question into an allow, and never lift a default deny', () => {
    for (const loose of [{ mode: 'auto-edit' }, { granted: true }, { mode: 'auto-edit', granted: true }] as const) {
      expect(decide(write('a'), { tools: [rule('prompt', '*')] }, loose)).toBe('allow');
      expect(decide(write('a'), { tools: [rule('deny', '*')] }, loose)).toBe('deny');
      expect(decide(write('a'), { tools: [rule('allow', '*'), rule('deny', '*', 'workspace')] }, loose)).toBe('deny');
    }
    expect(decide(write('a'), { tools: [rule('deny', '*'), rule('allow')] })).toBe('allow');
  });

  it('takes a default for what no rule names: of reads and questions only what is stricter than our own', () => {
    const question: Action = { kind: 'question', tool: 'ask_user', question: 'Which?', choices: [] };
    const list: Action = { kind: 'read', tool: 'list_directory', path: '.' };
    const under = (decision: Decision) =>
      [write('a'), read('a'), list, question].map((action) => decide(action, { tools: [rule(decision, '*')] }));
    expect(under('allow')).toEqual(['allow', 'allow', 'allow', 'prompt']);
    expect(under('prompt')).toEqual(['prompt', 'prompt', 'prompt', 'prompt']);
    expect(under('deny')).toEqual(['deny', 'deny', 'deny', 'deny']);
    const named = { tools: [rule('deny', '*'), rule('allow', 'read_file')] };
    expect([decide(read('a'), named), decide(list, named)]).toEqual(['allow', 'deny']);
    expect(judge(read('a'), { ...NO_RULES, tools: [rule('prompt', '*')] }, ASK).reasons[0]!.rule).toBe('user/*');
  });

  it('asks in every mode before a file becomes executable, also a new one', () => {
    const loose = { mode: 'auto-edit', granted: true } as const;
    const rules = { tools: [rule('allow', 'apply_patch')] };
    for (const [before, after] of [
      [0o644, 0o755],
      [0o644, 0o744],
      [0o744, 0o755],
      [null, 0o755],
      [null, 0o610],
    ] as const)
      expect(decide(chmod(before, after), rules, loose)).toBe('prompt');
    for (const [before, after] of [
      [0o755, 0o755],
      [0o755, 0o644],
      [0o644, 0o664],
      [null, 0o644],
    ] as const)
      expect(decide(chmod(before, after), rules, loose)).toBe('allow');
    expect(decide(chmod(0o644, 0o755), {}, { actor: 'person' })).toBe('allow');
    const verdict = judge(chmod(null, 0o755), NO_RULES, ASK);
    expect(verdict.reasons[0]).toMatchObject({ rule: 'edit.executable', about: { kind: 'executable', path: 'bin/x' } });
  });

  it('tells of each path what it is, as data, and nothing where no path spoke', () => {
    const abouts = (action: Action, facts: Partial<Facts> = {}) =>
      judge(action, { ...NO_RULES, paths: [MINE] }, { ...ASK, ...facts }).reasons.map(({ about }) => about);
    expect(abouts(write('src/a.ts'))).toEqual([{ kind: 'none' }]);
    expect(abouts(write('app/package.json'))).toContainEqual({ kind: 'execSurface', path: 'app/package.json' });
    expect(abouts(write('.env'))).toContainEqual({ kind: 'sensitive', path: '.env' });
    expect(abouts(read('private/x'))).toContainEqual({ kind: 'sensitive', path: 'private/x' });
    expect(abouts(write('.git/hooks/x'))).toEqual([{ kind: 'protected', path: '.git/hooks/x' }]);
    expect(abouts(write('.git/config'))).toEqual(
      (['protected', 'sensitive'] as const).map((kind) => ({ kind, path: '.git/config' })),
    );
    expect(abouts(write('a'), { trusted: false })).toEqual([{ kind: 'none' }]);
  });

  it('says of a change that it denies, too, that the file is likely to hold a secret', () => {
    const denied: Partial<Facts>[] = [{ trusted: false }, { mode: 'plan' }];
    for (const facts of denied) {
      const { decision, reasons } = judge(write('.env'), NO_RULES, { ...ASK, ...facts });
      expect([decision, reasons.map(({ about }) => about.kind)]).toEqual(['deny', ['none', 'sensitive']]);
    }
  });

  it('says one reason where a workspace is not trusted, which is always in mode plan', () => {
    const rulesOf = (facts: Partial<Facts>) =>
      judge(write('a'), NO_RULES, { ...ASK, ...facts }).reasons.map(({ rule }) => rule);
    expect(rulesOf({ trusted: false, mode: 'plan' })).toEqual(['trust.untrusted']);
    expect(rulesOf({ mode: 'plan' })).toEqual(['mode.plan']);
  });

  it('asks for every change under human in the loop', () => {
    const rules = { tools: [rule('allow')], humanInTheLoop: { source: 'config.toml:2', layer: 'user' as const } };
    expect(decide(write('a'), rules, { mode: 'auto-edit', granted: true })).toBe('prompt');
    expect(decide(read('a'), rules)).toBe('allow');
  });

  it('is never loosened by anything that is added to it, for an agent', () => {
    const RANK = { allow: 0, prompt: 1, deny: 2 };
    const decision = fc.constantFrom<Decision>('allow', 'prompt', 'deny');
    const layer = fc.constantFrom<Layer>('organisation', 'user', 'workspace');
    const rules = fc.array(fc.record({ decision, layer }), { maxLength: 4 });
    const path = fc.constantFrom('a.ts', '.env', 'package.json', '.git/config', 'vtcode.toml');
    const mode = fc.constantFrom('plan', 'ask', 'auto-edit' as const);
    fc.assert(
      fc.property(rules, path, mode, fc.boolean(), fc.boolean(), (drawn, where, inMode, trusted, granted) => {
        const tools = drawn.map((one) => rule(one.decision, 'write_file', one.layer));
        const got = decide(write(where), { tools }, { mode: inMode as Facts['mode'], trusted, granted });
        for (const one of tools)
          if (one.decision !== 'allow') expect(RANK[got]).toBeGreaterThanOrEqual(RANK[one.decision]);
        const bare = decide(write(where), {}, { mode: 'ask', trusted });
        if (bare === 'deny') expect(got).toBe('deny');
        if (['.env', 'package.json'].includes(where)) expect(got).not.toBe('allow');
      }),
    );
  });
});
