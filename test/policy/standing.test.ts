/** Standing rules by themselves: what one covers is what it shows, whatever words and paths come. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offerRule, ruleProblem } from '../../server/policy/offer.ts';
import { judge } from '../../server/policy/judge.ts';
import { coversPath, coversWords } from '../../server/policy/standing.ts';
import type { Standing } from '../../server/policy/rules.ts';
import type { World } from '../../server/policy/world.ts';
import { type CommandGrant, grantText, type GrantRule, type GrantWord } from '../../shared/grant.ts';
import type { ConnectAction } from '../../shared/action.ts';
import { newActionId, newGrantId } from '../../shared/ids.ts';
import { command } from '../fixtures/command.ts';
import { ASK, judgeIn, NO_RULES, workspace } from '../fixtures/judged.ts';

const word = (text: string): GrantWord => ({ kind: 'word', text });
const ONE: GrantWord = { kind: 'one' };
const REST: GrantWord = { kind: 'rest' };
const plain = fc.oneof(
  fc.constantFrom('a', 'b', '-p', '--all', '', '*', '**', 'a b', '../x'),
  fc.string({ maxLength: 4 }),
);
const words = fc.array(plain, { minLength: 1, maxLength: 5 });

const rule = (over: Partial<CommandGrant>): CommandGrant => ({
  kind: 'command',
  words: [word('mkdir'), word('-p'), ONE],
  program: 'machine',
  cwd: '.',
  network: 'none',
  lifts: ['writes'],
  pins: [],
  ...over,
});
const standing = (one: GrantRule): Standing[] => [{ id: newGrantId(), rule: one }];

describe('the words of a rule', () => {
  it('to the letter cover those words and no others', () => {
    fc.assert(
      fc.property(words, words, (named, given) => {
        expect(coversWords(named.map(word), given)).toBe(JSON.stringify(named) === JSON.stringify(given));
      }),
    );
  });

  it('that stand for any never stand for a flag, and never for more or fewer words than are shown', () => {
    fc.assert(
      fc.property(words, words, (named, given) => {
        const open = [...named.slice(0, -1).map(word), ONE];
        if (!coversWords(open, given)) return;
        expect(given.length).toBe(open.length);
        expect(given.slice(0, -1)).toEqual(named.slice(0, -1));
        expect(given.at(-1)!.startsWith('-')).toBe(false);
      }),
    );
    fc.assert(
      fc.property(words, words, (named, given) => {
        if (!coversWords([...named.map(word), REST], given)) return;
        expect(given.slice(0, named.length)).toEqual(named);
        expect(given.slice(named.length).some((one) => one.startsWith('-'))).toBe(false);
      }),
    );
  });

  it('are shown so that no two rules look the same', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const [one, two] = [a, b].map((list) => grantText(rule({ words: list.map(word) })));
        expect(one === two).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(grantText(rule({ words: [word('ls'), word('*')] }))).not.toBe(grantText(rule({ words: [word('ls'), ONE] })));
  });
});

describe('the path of a rule for edits', () => {
  it.each([
    ['src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/a.tsx', false],
    ['src/**', 'src/deep/a.ts', true],
    ['src/**', 'srcs/a.ts', false],
    ['src/**', 'SRC/a.ts', false],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['src/\\*.ts', 'src/a.ts', false],
  ])('%s and %s: %s', (pattern, path, covers) => expect(coversPath(pattern, path)).toBe(covers));
});

describe('a rule in the judge', () => {
  const own = standing(rule({}));
  const cases: [script: string, decision: string][] = [
    ['mkdir -p out', 'allow'],
    ['mkdir -p a && mkdir -p b', 'allow'],
    ['mkdir -p out && ls', 'allow'],
    ['(mkdir -p out)', 'allow'],
    ['mkdir -p out 2>/dev/null', 'allow'],
    ['mkdir -p out > log.txt', 'prompt'],
    ['mkdir -p /tmp/out', 'prompt'],
    ['mkdir -p ../out', 'prompt'],
    ['mkdir -p .git/hooks', 'deny'],
    ['mkdir -p .github/workflows', 'prompt'],
    ['mkdir -p a b', 'prompt'],
    ['mkdir out', 'prompt'],
    ['mkdir -p -m777 out', 'prompt'],
    ['mkdir -p "$X"', 'prompt'],
    ['mkdir -p $(ls)', 'prompt'],
    ['cd src && mkdir -p out', 'prompt'],
    ['mkdir -p out; rm a', 'prompt'],
    ['for x in 1; do mkdir -p out; done', 'prompt'],
    ['f() { mkdir -p out; }; f', 'prompt'],
    ['nice mkdir -p out', 'prompt'],
    ['echo out | xargs mkdir -p', 'prompt'],
    ['exec 3<a; mkdir -p out', 'prompt'],
  ];
  it.each(cases)('%s: %s', async (script, decision) => {
    expect((await judgeIn(workspace())(script, { facts: { standing: own } })).decision).toBe(decision);
  });

  it('never loosens what is denied, asked by a rule, judged in mode plan, or given more than usual', async () => {
    const decide = judgeIn(workspace());
    const by = async (given: Parameters<typeof decide>[1]) =>
      (await decide('mkdir -p out', { ...given, facts: { standing: own, ...given?.facts } })).decision;
    const said = { id: 'x', layer: 'user' as const, source: 'x:1', why: '' };
    for (const decision of ['prompt', 'deny'] as const) {
      expect(await by({ rules: { commands: [{ ...said, words: ['mkdir', '**'], decision }] } })).toBe(decision);
      expect(await by({ rules: { tools: [{ ...said, tool: 'run_command', decision }] } })).toBe(decision);
    }
    expect(await by({ rules: { tools: [{ ...said, tool: '*', decision: 'deny' }] } })).toBe('deny');
    expect(await by({ rules: { tools: [{ ...said, tool: '*', decision: 'prompt' }] } })).toBe('allow');
    expect(await by({ rules: { humanInTheLoop: { source: 'x:1', layer: 'organisation' } } })).toBe('prompt');
    expect(await by({ facts: { mode: 'plan' } })).toBe('deny');
    expect(await by({ action: { network: { mode: 'host', hosts: [] } } })).toBe('prompt');
    expect(await by({ action: { network: { mode: 'proxy', hosts: [] } } })).toBe('prompt');
    expect(await by({ action: { git: 'guarded' } })).toBe('prompt');
    expect(await by({ action: { env: { LD_PRELOAD: './x.so' } } })).toBe('prompt');
  });

  it('is not made up of two: each answers all of a command or nothing of it', async () => {
    const narrow = [
      ...standing(rule({ words: [word('curl'), word('-o'), word('a'), word('x.test')], lifts: ['writes'] })),
    ];
    expect((await judgeIn(workspace())('curl -o a x.test', { facts: { standing: narrow } })).decision).toBe('prompt');
  });
});

describe('the offer', () => {
  const world: World = {
    entry: (_cwd, path) => ({ at: 'inside', path, kind: 'absent', size: 0 }),
    glob: () => [],
    program: () => ({ kind: 'none' }),
    below: () => null,
  };
  const offered = (script: string, held: Standing[] = []) => {
    const action = command(script);
    return {
      action,
      offer: offerRule(action, judge(action, NO_RULES, { ...ASK, world, standing: held }), {
        rules: NO_RULES,
        world,
        standing: held,
      }),
    };
  };

  it('opens no word but those of programs that only make what is not there', () => {
    for (const script of ['npm-check now', 'terraform plan', 'curl x.test', 'git push', 'cargo test']) {
      const { offer } = offered(script);
      expect([script, offer.ok && offer.open]).toEqual([script, null]);
    }
  });

  it('is of one command at a time where several ask, and says which go on to ask', () => {
    const { offer } = offered('mkdir -p out && touch out/a; ls');
    expect(offer).toMatchObject({
      ok: true,
      rule: { words: ['mkdir', '-p', 'out'].map(word) },
      others: ['touch out/a'],
    });
    // The rule for the first made, that for the second is next.
    const held = standing(rule({ words: ['mkdir', '-p', 'out'].map(word) }));
    const next = offered('mkdir -p out && touch out/a; ls', held).offer;
    expect(next).toMatchObject({ ok: true, rule: { words: ['touch', 'out/a'].map(word) }, others: [] });
    const elsewhere = standing(rule({ words: ['mkdir', '-p', 'out'].map(word), network: 'proxy' }));
    expect(offered('mkdir -p out && touch out/a', elsewhere).offer).toMatchObject({ others: ['touch out/a'] });
    expect(offered('mkdir out; mkdir out').offer).toMatchObject({ ok: true, others: [] });
    expect(offered('npx a && mkdir out').offer).toMatchObject({
      ok: true,
      rule: { words: ['mkdir', 'out'].map(word) },
    });
    expect(offered('npx a && yarn add b').offer).toMatchObject({ ok: false });
    expect(offered('mkdir out && eval x').offer).toMatchObject({ ok: false });
  });

  it('permits no rule that covers what the offered one opened to nobody', () => {
    const { action, offer } = offered('cargo test --all');
    if (!offer.ok || offer.rule.kind !== 'command') throw new Error('expected an offer');
    const own = { ...offer.rule, pins: [] };
    const any = fc.oneof(plain.map(word), fc.constantFrom(ONE, REST, word('cargo'), word('test'), word('--all')));
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (wanted) => {
        const problem = ruleProblem({ ...own, words: wanted }, own, { action, open: offer.open });
        expect(problem === '').toBe(JSON.stringify(wanted) === JSON.stringify(own.words));
      }),
    );
  });
});

describe('a rule for a host', () => {
  const wants = (host: string, port: number, tool: ConnectAction['tool'] = 'connect'): ConnectAction => ({
    ...{ kind: 'connect', tool, host, port, method: 'CONNECT' },
    command: { actionId: newActionId(), title: 'npm view x' },
  });
  const RULE: GrantRule = { kind: 'connect', host: 'a.test', port: 443 };
  const facts = { ...ASK, standing: standing(RULE) };
  const decide = (action: ConnectAction, more: Partial<typeof ASK> = {}) =>
    judge(action, NO_RULES, { ...facts, ...more }).decision;

  it('holds for that host and that port alone, for commands of the agent', () => {
    expect(decide(wants('a.test', 443))).toBe('allow');
    for (const [host, port] of [
      ['b.test', 443],
      ['a.test', 80],
      ['x.a.test', 443],
      ['a.test.', 443],
      ['A.test', 443],
    ] as const)
      expect([host, port, decide(wants(host, port))]).toEqual([host, port, 'prompt']);
    expect(decide(wants('a.test', 443, 'terminal_connect'), { actor: 'person' })).toBe('prompt');
  });

  it('lifts no taint, no mode plan, no missing trust', () => {
    expect(decide(wants('a.test', 443), { tainted: 'x was read' })).toBe('prompt');
    expect(decide(wants('a.test', 443), { mode: 'plan' })).toBe('deny');
    expect(decide(wants('a.test', 443), { trusted: false })).toBe('deny');
    const own = { id: 'x', layer: 'user' as const, source: 'x:1', why: '', tool: '*', decision: 'deny' as const };
    expect(judge(wants('a.test', 443), { ...NO_RULES, tools: [own] }, facts).decision).toBe('deny');
  });

  it('is offered as it would be made, and taken in no other form', () => {
    const offer = (action: ConnectAction, tainted = '') =>
      offerRule(action, judge(action, NO_RULES, { ...ASK, tainted }), {
        rules: NO_RULES,
        world: ASK.world,
        standing: [],
      });
    const action = wants('a.test', 443);
    expect(offer(action)).toEqual({ ok: true, rule: RULE, open: null, others: [] });
    expect(offer(wants('a.test', 443, 'terminal_connect'))).toMatchObject({ ok: false });
    expect(offer(action, 'x was read')).toMatchObject({ ok: false });
    const asked = { action, open: null };
    expect(ruleProblem(RULE, RULE, asked)).toBe('');
    for (const other of [
      { ...RULE, host: '*.test' },
      { ...RULE, port: 80 },
    ])
      expect(ruleProblem(other, RULE, asked)).not.toBe('');
    expect(ruleProblem(rule({}), RULE, asked)).not.toBe('');
    expect(grantText(RULE)).toBe('connect a.test:443');
  });
});
