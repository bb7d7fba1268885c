/** What a schema cannot say of rules for commands: their words, their names, and whether their examples are true. */
import type { CommandRule } from '../../shared/config.ts';
import type { Decision } from '../../shared/verdict.ts';
import { exampleFits } from '../policy/examples.ts';
import { wordsOf, wordsProblem } from '../policy/pattern.ts';
import { type Problem, show } from './problems.ts';
import type { FileLayer } from './settings.ts';

export function checkLists(
  layer: FileLayer,
  lists: { allow_list?: string[] | undefined; deny_list?: string[] | undefined },
): Problem[] {
  const patterns = (['allow_list', 'deny_list'] as const).flatMap((key) =>
    (lists[key] ?? []).map((pattern, i) => ({ pattern, path: ['commands', key, i] })),
  );
  const theirs = lists.allow_list === undefined ? [] : checkDecision(layer, 'allow', ['commands', 'allow_list']);
  return [
    ...theirs,
    ...patterns.flatMap(({ pattern, path }) => {
      const words = wordsOf(pattern);
      const problem = words === null ? 'expected words, with every quote closed' : wordsProblem(words);
      return problem === '' ? [] : [{ path, at: 'value' as const, message: `${problem}, came ${show(pattern)}.` }];
    }),
  ];
}

export function checkCommands(layer: FileLayer, rules: readonly CommandRule[]): Problem[] {
  return rules.flatMap((rule, i) => {
    const first = rules.findIndex(({ id }) => id === rule.id);
    const twice: Problem = {
      path: ['commands', i, 'id'],
      at: 'value',
      message: `the id ${show(rule.id)} a second time: each rule has its own.`,
    };
    return [
      ...(first < i ? [twice] : []),
      ...checkDecision(layer, rule.decision, ['commands', i, 'decision']),
      ...checkWords(rule, i),
      ...checkExamples(rule, i),
    ];
  });
}

function checkWords({ program, args }: CommandRule, i: number): Problem[] {
  const inProgram = program.includes('*') ? 'expected the name of one program, without `*`' : wordsProblem([program]);
  const inArgs = wordsProblem(args);
  return [
    ...(inProgram === ''
      ? []
      : [{ path: ['commands', i, 'program'], at: 'value' as const, message: `${inProgram}, came ${show(program)}.` }]),
    ...(inArgs === ''
      ? []
      : [{ path: ['commands', i, 'args'], at: 'value' as const, message: `${inArgs}, came ${show(args)}.` }]),
  ];
}

/** A rule whose own example says otherwise does not do what its writer thinks. */
function checkExamples(rule: CommandRule, i: number): Problem[] {
  const words = [rule.program, ...rule.args];
  const of = (key: 'match' | 'notMatch', isWanted: boolean) =>
    (rule[key] ?? []).flatMap((example, j): Problem[] => {
      if (exampleFits(words, rule.decision, example) === isWanted) return [];
      const said = isWanted ? 'does not hold for it' : 'holds for it';
      return [
        { path: ['commands', i, key, j], at: 'value', message: `the rule ${rule.id} ${said}: ${show(example)}.` },
      ];
    });
  return [...of('match', true), ...of('notMatch', false)];
}

export function checkDecision(layer: FileLayer, decision: Decision, path: readonly PropertyKey[]): Problem[] {
  if (layer !== 'organisation' || decision !== 'allow') return [];
  const message = `expected "prompt" or "deny", came "allow": an organisation's layer forbids and asks, it never allows.`;
  return [{ path, at: 'value', message }];
}
