/** Rules for commands by their ranks, programs by where they stand, and scripts that are made to break the judge. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILTIN_PROGRAMS, KNOWN_PROGRAMS } from '../../server/policy/commands/programs.ts';
import { judge } from '../../server/policy/judge.ts';
import { runs } from '../long.ts';
import type { CommandRule, ToolRule } from '../../server/policy/rules.ts';
import type { Decision, Layer, Mode } from '../../shared/verdict.ts';
import { command } from '../fixtures/command.ts';
import { ASK, type Given, judgeIn, NO_RULES, workspace } from '../fixtures/judged.ts';

const rule = (words: string, decision: Decision, layer: Layer = 'user'): CommandRule => ({
  id: `${layer}/${words}`,
  layer,
  source: 'tool-policy.json:1:1',
  words: words.split(' '),
  decision,
  why: '',
});

const tool = (decision: Decision, layer: Layer = 'user', name = 'run_command'): ToolRule => ({
  id: `${layer}/${name}`,
  layer,
  source: 'tool-policy.json:1:1',
  tool: name,
  decision,
  why: '',
});

const rules = (...commands: CommandRule[]): Given => ({ rules: { commands } });

describe('a rule for commands', () => {
  it('holds for its words, wherever the command stands', async () => {
    const check = judgeIn(workspace());
    const given = rules(rule('npm test', 'allow'));
    for (const script of [
      'npm test',
      'npm "test"',
      'cd src && npm test | head',
      'timeout 60 npm test',
      'bash -c "npm test"',
    ])
      expect([script, (await check(script, given)).decision]).toEqual([script, 'allow']);
    for (const script of [
      'npm test -- -u',
      'npm run test',
      'npm test; rm x',
      'npm test > package.json',
      'sudo npm test',
      'X=1 npm test',
      'npm $x',
    ])
      expect([script, (await check(script, given)).decision]).not.toEqual([script, 'allow']);
  });

  it('takes `*` for one word and `**` for the rest', async () => {
    const check = judgeIn(workspace());
    const given = rules(rule('npm run *', 'allow'), rule('cargo **', 'allow'));
    const decide = async (script: string) => (await check(script, given)).decision;
    expect(
      await Promise.all(['npm run a', 'npm run a b', 'npm run', 'cargo', 'cargo build --release'].map(decide)),
    ).toEqual(['allow', 'prompt', 'prompt', 'allow', 'allow']);
  });

  it('that forbids counts as soon as it could fit', async () => {
    const check = judgeIn(workspace());
    const given: Given = { ...rules(rule('git push **', 'deny')), facts: { mode: 'contained', granted: true } };
    for (const script of [
      'git push',
      '/usr/bin/git push x',
      'ls; git push',
      'env git push',
      'find . -exec git push {} +',
      'xargs git push < README.md',
    ])
      expect([script, (await check(script, given)).decision]).toEqual([script, 'deny']);
    for (const script of ['git "$x"', 'git $x', 'x=push; git $x origin'])
      expect([script, (await check(script, given)).decision]).toEqual([script, 'prompt']);
    expect((await check('git status', given)).decision).toBe('allow');
  });

  it('names its place and why, and stands first where it decided', async () => {
    const { reasons } = await judgeIn(workspace())('git push', rules(rule('git push **', 'deny', 'workspace')));
    expect(reasons[0]).toMatchObject({
      rule: 'workspace/git push **',
      layer: 'workspace',
      source: 'tool-policy.json:1:1',
    });
  });

  it("speaks before its layer's entry for the tool, and not before another's", async () => {
    const check = judgeIn(workspace());
    const of = async (commands: CommandRule[], tools: ToolRule[]) =>
      (await check('npm test', { rules: { commands, tools } })).decision;
    expect(await of([rule('npm test', 'allow')], [tool('prompt')])).toBe('allow');
    expect(await of([], [tool('allow')])).toBe('allow');
    expect(await of([rule('npm test', 'allow', 'workspace')], [tool('deny')])).toBe('deny');
    expect(await of([rule('npm test', 'allow')], [tool('prompt', 'organisation')])).toBe('prompt');
    expect(await of([rule('npm test', 'allow')], [tool('deny', 'user', '*')])).toBe('allow');
    expect((await check('ls', { rules: { tools: [tool('prompt')] } })).decision).toBe('prompt');
  });
});

const decision = fc.constantFrom<Decision>('allow', 'prompt', 'deny');
const layer = fc.constantFrom<Layer>('organisation', 'user', 'workspace');
const mode = fc.constantFrom<Mode>('ask', 'auto-edit', 'contained');
const script = fc.constantFrom(
  'ls',
  'npm test',
  'rm x',
  'echo x > package.json',
  'cat .env',
  'eval x',
  'git push',
  'ls | npm test',
  'tar xf a.tgz',
  'nosuch',
);
const anyRule = fc
  .record({
    words: fc.constantFrom(
      'ls',
      'npm test',
      'npm **',
      'rm x',
      'eval x',
      'echo **',
      'cat .env',
      'git **',
      'tar **',
      'nosuch',
    ),
    decision,
    layer,
  })
  // An organisation never allows: a file that says so is refused.
  .map((one) =>
    rule(one.words, one.layer === 'organisation' && one.decision === 'allow' ? 'deny' : one.decision, one.layer),
  );

describe('the ranks', () => {
  const RANK = { allow: 0, prompt: 1, deny: 2 };

  it('let no grant, mode or allow of any layer loosen a deny or a prompt that a rule has', async () => {
    const check = judgeIn(workspace());
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.array(anyRule, { maxLength: 4 }),
        mode,
        fc.boolean(),
        async (source, commands, chosen, granted) => {
          const strict = commands.filter((one) => one.decision !== 'allow');
          const base = await check(source, { rules: { commands: strict } });
          const spoken = base.reasons
            .filter(({ layer: of }) => of !== 'default')
            .map((reason) => RANK[reason.decision]);
          const least = Math.max(0, ...spoken);
          const { decision: came } = await check(source, { rules: { commands }, facts: { mode: chosen, granted } });
          expect(RANK[came]).toBeGreaterThanOrEqual(least);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('ask in every mode for what cannot be read, what other programs run, and secrets', async () => {
    const check = judgeIn(workspace());
    const facts = { mode: 'contained', granted: true } as const;
    for (const source of [
      'eval "ls"',
      '$x',
      'echo x >> package.json',
      'cat .env',
      'cp a .github/workflows/x.yml',
      'tar xf a.tgz',
      'git checkout .',
      'mv x Makefile',
      'ln -s /etc .envrc',
    ]) {
      const verdict = await check(source, { facts, rules: { tools: [tool('allow')] } });
      expect([source, verdict.decision]).toEqual([source, 'prompt']);
    }
    for (const source of [
      'echo x > .git/config',
      'cp x .git/hooks/pre-commit',
      'tee vtcode.toml',
      'rm .vt-workspace-trust',
      'touch .vtcode/tool-policy.json',
    ])
      expect([source, (await check(source, { facts })).decision]).toEqual([source, 'deny']);
  });

  it('let what is contained run unasked in mode contained alone, and only in a whole sandbox without a network', async () => {
    const check = judgeIn(workspace());
    expect((await check('npm test', { facts: { mode: 'contained' } })).decision).toBe('allow');
    expect((await check('npm test', { facts: { mode: 'contained', boxed: false } })).decision).toBe('prompt');
    expect((await check('npm test', { facts: { mode: 'auto-edit' } })).decision).toBe('prompt');
    const action = { network: { mode: 'host' as const, hosts: [] } };
    expect((await check('npm test', { facts: { mode: 'contained' }, action })).decision).toBe('prompt');
    const loose = { network: { mode: 'none' as const, hosts: [] }, git: 'guarded' as const };
    expect((await check('npm test', { facts: { mode: 'contained' }, action: loose })).decision).toBe('prompt');
  });

  it('let pass in mode plan what reads, and deny the rest whatever allows it', async () => {
    const check = judgeIn(workspace());
    const given: Given = { ...rules(rule('npm test', 'allow')), facts: { mode: 'plan', granted: true } };
    expect((await check('ls | wc -l', given)).decision).toBe('allow');
    for (const source of ['npm test', 'touch x', 'eval ls']) expect((await check(source, given)).decision).toBe('deny');
    expect((await check('ls', { facts: { trusted: false } })).decision).toBe('deny');
  });

  it('let a person be asked for every change where that is wanted, and not for what reads', async () => {
    const check = judgeIn(workspace());
    const wanted = {
      humanInTheLoop: { layer: 'organisation' as const, source: 'x:1' },
      commands: [rule('npm test', 'allow')],
    };
    const facts = { mode: 'contained', granted: true } as const;
    expect((await check('npm test', { rules: wanted, facts })).decision).toBe('prompt');
    expect((await check('ls', { rules: wanted, facts })).decision).toBe('allow');
  });
});

describe('a program', () => {
  it('of the workspace is never the one that a rule or a table names', async () => {
    const root = workspace();
    const check = judgeIn(root);
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('rg', 'tree', 'jq', 'fd', 'nosuch-tool', 'bat', 'npm-check'), async (name) => {
        const planted = join(root, 'node_modules/.bin', name);
        writeFileSync(planted, '#!/bin/sh\n');
        chmodSync(planted, 0o755);
        const isThere = (await check(`which ${name}`)).decision === 'allow' && hasSystem(name);
        for (const source of [
          `./node_modules/.bin/${name}`,
          `node_modules/.bin/${name} x`,
          `cd node_modules/.bin && ./${name}`,
        ])
          expect((await check(source, rules(rule(`${name} **`, 'allow')))).decision).toBe('prompt');
        if (!isThere) expect((await check(name, rules(rule(`${name} **`, 'allow')))).decision).toBe('prompt');
      }),
      { numRuns: 20 },
    );
  });

  it('of the workspace is not let run by its name, whichever known name it takes', async () => {
    const root = workspace();
    const check = judgeIn(root);
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    mkdirSync(join(root, 'tools'));
    const names = [...KNOWN_PROGRAMS.keys()].filter((name) => !BUILTIN_PROGRAMS.has(name) && /^\w[\w.+-]*$/.test(name));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.constantFrom('--version', '-l', '', 'README.md'),
        async (name, word) => {
          for (const place of ['node_modules/.bin', 'tools']) {
            const planted = join(root, place, name);
            writeFileSync(planted, '#!/bin/sh\n');
            chmodSync(planted, 0o755);
          }
          const bare = hasSystem(name) ? [] : [name, `env ${name}`, `timeout 5 ${name}`];
          for (const start of [
            ...bare,
            `./tools/${name}`,
            `tools/${name}`,
            `env tools/${name}`,
            `cd tools && ./${name}`,
          ])
            for (const given of [{}, rules(rule(`${name} **`, 'allow'))]) {
              const { decision: came } = await check(`${start} ${word}`, given);
              expect([start, word, came]).toEqual([start, word, 'prompt']);
            }
        },
      ),
      { numRuns: runs(60) },
    );
  });

  it('is judged where a link leads, as are paths', async () => {
    const root = workspace({ 'sub/x.txt': '' });
    symlinkSync('/etc', join(root, 'out'));
    symlinkSync('../.env', join(root, 'src/notes'));
    symlinkSync('sub', join(root, 'inside'));
    const check = judgeIn(root);
    for (const source of [
      'cat out/passwd',
      'ls out',
      'cat src/notes',
      'cat src/*',
      'cd out; ls',
      'grep -R x src',
      'cat < src/notes',
      'cat sub/../out/passwd',
    ])
      expect([source, (await check(source)).decision]).toEqual([source, 'prompt']);
    for (const source of ['cat inside/x.txt', 'ls inside', 'grep -r x src', 'cat sub/x.txt'])
      expect([source, (await check(source)).decision]).toEqual([source, 'allow']);
  });

  it('is not handed names that would be flags or several words', async () => {
    const root = workspace({ '-exec': '', 'sub/a b': '', 'deep/--pre=sh': '' });
    const check = judgeIn(root);
    for (const source of [
      'find *',
      'rg foo deep/*',
      'for f in *; do cat $f; done',
      'find sub -type f | xargs cat',
      'rg -l x deep | xargs rg y',
      'cd deep; rg x *',
    ])
      expect([source, (await check(source)).decision === 'allow' && source !== 'rg foo deep/*']).toEqual([
        source,
        false,
      ]);
    expect((await check('find sub -type f -print0 | xargs -0 cat')).decision).toBe('allow');
  });
});

const hasSystem = (name: string) =>
  ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((dir) =>
    existsSync(join(dir, name)),
  );

describe('a script that is made to break the judge', () => {
  const cases: [what: string, source: string][] = [
    ['a megabyte of text', `echo ${'x'.repeat(1_000_000)}`],
    ['a megabyte in quotes', `'${'x'.repeat(1_000_000)}'`],
    ['5,000 substitutions in one another', '$('.repeat(5_000) + ')'.repeat(5_000)],
    ['5,000 groups', '{ '.repeat(5_000)],
    ['20,000 pipes', Array.from({ length: 20_000 }, () => 'ls').join('|')],
    ['as many pipes as fit', Array.from({ length: 5_000 }, () => 'ls').join('|')],
    ['as many lines as fit', 'ls\n'.repeat(5_000)],
    ['here-documents', 'cat <<A;'.repeat(1_500)],
    ['names in arithmetic', `echo $((${'a+'.repeat(5_000)}1))`],
    ['cases', 'case x in '.repeat(1_000)],
    ['quotes', `"$("$(`.repeat(2_000)],
    ['backquotes', '`\\`\\\\`'.repeat(1_500)],
    ['a NUL', 'ls \0'],
    ['half a character', 'ls \ud800'],
    ['what was no UTF-8', 'ls \ufffd'],
  ];

  it.each(cases)('is asked for in bounded time: %s', async (_what, source) => {
    const verdict = await judgeIn(workspace())(source, { facts: { mode: 'contained' } });
    expect(verdict).toMatchObject({ decision: 'prompt', inspectable: false });
  });

  const harmless: [what: string, source: string][] = [
    ['brace expansions', `ls ${'{a,b}'.repeat(2_000)}`],
    ['sets that never close', `ls ${'['.repeat(15_000)}`],
    ['stars', `ls ${'*'.repeat(15_000)}`],
    ['escapes', `ls ${'\\'.repeat(15_000)}`],
    ['only blanks', ' \n\t '],
    ['only a remark', '# ls'],
  ];

  it.each(harmless)('is judged in bounded time, and as what it is: %s', async (_what, source) => {
    const { inspectable, decision: came } = await judgeIn(workspace())(source);
    expect(came === 'deny' || (came === 'allow' && !inspectable)).toBe(false);
  });

  it('never throws, and never allows what it could not read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (source) => {
        const verdict = judge(command(source), NO_RULES, ASK);
        expect(verdict.inspectable || verdict.decision !== 'allow').toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
