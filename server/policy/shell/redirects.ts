/** Redirections: which names they read, and which they write. */
import type { Redirection } from 'unbash';
import type { WordScope } from './scope.ts';
import { type Redirect, text, unknown } from './script.ts';
import { argsOf, valueOf } from './words.ts';
import { expansionProblem } from './expansions.ts';

export function redirectOf(node: Redirection, scope: WordScope): Redirect {
  if (node.descriptor?.type === 'FileDescriptorVariable') return { kind: 'open', target: unknown() };
  switch (node.type) {
    case 'HereDoc':
      if (node.closing === undefined || node.delimiter === undefined)
        scope.problem('This is not a script that can be read to its end: a here-document without its end mark.');
      for (const part of node.body.parts ?? []) hereDocument(part, scope);
      return { kind: 'text', target: text('') };
    case 'HereString':
      if (node.target) valueOf(node.target, scope);
      return { kind: 'text', target: text('') };
    case 'Redirect':
      return redirect(node, scope);
  }
}

function hereDocument(
  part: NonNullable<Extract<Redirection, { type: 'HereDoc' }>['body']['parts']>[number],
  scope: WordScope,
) {
  switch (part.type) {
    case 'Literal':
      return;
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion': {
      const problem = expansionProblem(part, scope);
      if (problem !== '') scope.problem(problem);
      return;
    }
    default:
      scope.problem('A here-document holds something that is not known here.');
  }
}

function redirect(node: Extract<Redirection, { type: 'Redirect' }>, scope: WordScope): Redirect {
  if (node.target === undefined) {
    scope.problem('This is not a script that can be read to its end: a redirection without its target.');
    return { kind: 'open', target: unknown() };
  }
  const words = argsOf(node.target, scope);
  const target = words.length === 1 ? words[0]! : unknown();
  const isDescriptor = target.kind === 'text' && /^(?:\d{1,4}-?|-)$/.test(target.text);
  switch (node.operator) {
    case '<':
      return { kind: 'read', target };
    case '<>':
      return { kind: 'open', target };
    case '<&':
      return isDescriptor ? { kind: 'text', target } : { kind: 'open', target };
    case '>&':
      return isDescriptor ? { kind: 'text', target } : { kind: 'write', target };
    case '>':
    case '>>':
    case '>|':
    case '&>':
    case '&>>':
      return { kind: 'write', target };
    default:
      scope.problem('It holds a redirection that is not known here.');
      return { kind: 'open', target };
  }
}
