/** One simple command of the tree: its words, assignments and redirections. */
import type { Assignment as AssignmentNode, Command, Word } from 'unbash';
import type { Cwds } from './folders.ts';
import { arithmeticProblem, EVALUATED } from './expansions.ts';
import { redirectOf } from './redirects.ts';
import type { WordScope } from './scope.ts';
import { type Arg, type Assignment, type Simple, unknown } from './script.ts';
import { assignmentProblem } from './variables.ts';
import { argsOf, valueOf } from './words.ts';

interface Given {
  scope: WordScope;
  cwds: Cwds;
  feed: Simple | null;
  isFed: boolean;
  source: string;
  functions: ReadonlySet<string>;
}

export function simpleOf(node: Command, { scope, source, functions, ...at }: Given): Simple {
  const name = node.name === undefined ? [] : [nameOf(node.name, scope)];
  const assigns = node.prefix.flatMap((one) => (one.type === 'Assignment' ? [assignmentOf(one, scope)] : []));
  const args = node.args.flatMap((arg) =>
    arg.type === 'Assignment' ? [assignmentWord(arg, scope)] : argsOf(arg, scope),
  );
  const redirects = node.redirects.map((one) => redirectOf(one, scope));
  const called = name[0]?.kind === 'text' ? name[0].text : '';
  return { args: [...name, ...args], assigns, redirects, ...at, source, isFunction: functions.has(called) };
}

/** What runs must stand there to the letter. */
function nameOf(word: Word, scope: WordScope): Arg {
  const words = argsOf(word, scope);
  const [name] = words;
  if (words.length === 1 && name?.kind === 'text' && name.text !== '') return name;
  scope.problem('Which program it runs is not written down: the name is put together when it runs.');
  return unknown();
}

function assignmentOf(node: AssignmentNode, scope: WordScope): Assignment {
  const { name, index, value } = node;
  if (index !== undefined && arithmeticProblem(index.text, scope) !== '') scope.problem(EVALUATED);
  const why = assignmentProblem(name);
  if (value.type === 'ArrayValue') {
    for (const element of value.elements) {
      argsOf(element, scope);
      if (element.text.startsWith('[')) scope.problem(EVALUATED);
    }
    return { name, value: unknown(), why };
  }
  return { name, value: valueOf(value, scope), why };
}

/** `declare x=1` and its like: for the command it is one word. */
function assignmentWord(node: AssignmentNode, scope: WordScope): Arg {
  const { name, value } = assignmentOf(node, scope);
  const start = `${name}${node.append ? '+' : ''}=`;
  if (value.kind === 'text' && node.index === undefined && !/[[~]/.test(node.text))
    return { kind: 'text', text: start + value.text };
  return { kind: 'unknown', start, single: true, secret: '' };
}
