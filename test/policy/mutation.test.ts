/** Whatever one thing the judge forgets, a command is let run that should not be: the cases would notice. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../server/policy/judge.ts';
import type { Mode } from '../../shared/verdict.ts';
import { createLooker } from '../../server/search/world.ts';
import { command } from '../fixtures/command.ts';
import { ASK, judgeIn, NO_RULES } from '../fixtures/judged.ts';
import { LONG } from '../long.ts';
import { notAllowed } from './cases.ts';
import { codeMutants, mutated } from './code-mutants.ts';
import { CASES, FLOORS, MADE, mutationWorkspace } from './mutation-cases.ts';
import { dataMutants, type Mutant } from './mutants.ts';

describe('what is known of programs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vtcode-ws-'));
  let check = judgeIn(dir);
  beforeAll(() => {
    check = judgeIn(mutationWorkspace(dir));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const scripts = [...CASES, ...notAllowed()];
  const mutants = dataMutants();

  it('is looked at as a whole, and nothing of these cases is let run', async () => {
    expect(mutants.length).toBeGreaterThan(250);
    const wrong: string[] = [];
    for (const script of CASES) if ((await check(script)).decision === 'allow') wrong.push(script);
    expect(wrong).toEqual([]);
  });

  /** The first script that is let run with it; none: nobody notices. */
  async function noticed({ programs, mode, apply }: Mutant): Promise<string | undefined> {
    const undo = apply();
    try {
      for (const script of scripts.filter((one) => programs.some((name) => one.includes(name))))
        if ((await check(script, { facts: { mode } })).decision === 'allow') return script;
      return undefined;
    } finally {
      undo();
    }
  }

  it('is missed by a case, whatever part of it is forgotten', async () => {
    const missed: string[] = [];
    for (const mutant of mutants) if ((await noticed(mutant)) === undefined) missed.push(mutant.name);
    expect(missed).toEqual([]);
  });
});

describe('each complaint of the judge', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vtcode-mutants-'));
  let looker = createLooker(dir);
  beforeAll(() => {
    const ws = join(dir, 'ws');
    mkdirSync(ws);
    looker = createLooker(mutationWorkspace(ws));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const mutants = codeMutants().filter(({ name }) => !BELTS.some((belt) => name.includes(belt)));
  const scripts = [...CASES, ...MADE, ...notAllowed()];

  async function letsRun(one: typeof judge, script: string, mode: Mode): Promise<boolean> {
    const verdict = await looker.look([], (world) => one(command(script), NO_RULES, { ...ASK, mode, world }));
    return verdict.decision === 'allow';
  }

  async function isNoticed(one: typeof judge): Promise<boolean> {
    for (const script of FLOORS) if (await letsRun(one, script, 'contained')) return true;
    for (const script of scripts) if (await letsRun(one, script, 'ask')) return true;
    // What is not known of a folder is asked for.
    const blind = await looker.look([], (world) => {
      const unseen = { ...world, below: () => null };
      const decide = (script: string) => one(command(script), NO_RULES, { ...ASK, world: unseen }).decision;
      return [decide('grep -r x src'), decide('find src -type f -print0 | xargs -0 cat')];
    });
    const hidden = one({ ...command(''), argv: ['ls', '\u200b'] }, NO_RULES, { ...ASK });
    return blind.includes('allow') || hidden.inspectable;
  }

  it('is not made of what may run', async () => {
    expect(await isNoticed(judge)).toBe(false);
    expect(mutants.length).toBeGreaterThan(40);
    for (const belt of BELTS) expect(codeMutants().filter(({ name }) => name.includes(belt))).toHaveLength(1);
  });

  it('is missed by a case, when it is not made', async () => {
    // A few of them in each run of all tests, and all in a long one.
    const chosen = LONG ? mutants : mutants.filter((_one, i) => i % 10 === 3);
    const missed: string[] = [];
    for (const [i, mutant] of chosen.entries())
      if (!(await isNoticed(await mutated(mutant, dir, i)))) missed.push(mutant.name);
    expect(missed).toEqual([]);
  });
});

/** Complaints before which another one stands, or that nothing reaches while the parser is as it is: what is not known asks. */
const BELTS = [
  'It holds an expansion that is not known.',
  'A here-document holds something that is not known here.',
  'a redirection without its target',
  'It holds a redirection that is not known here.',
  'Which program it runs is not written down: the name',
  'It holds a test that is not known here.',
  'this.problem(notBash(error.message))',
  'which is not known here.`)',
  'a function without its body',
  'a substitution without its end',
  'nothing is known of this program.',
  'Scripts start scripts deeper than is followed.',
];
