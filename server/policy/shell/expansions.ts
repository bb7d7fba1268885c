/** Expansions that run or evaluate something by themselves, and the names that they stand for. */
import type { DoubleQuotedChild, ParameterExpansionPart } from 'unbash';
import type { WordScope } from './scope.ts';
import { assignmentProblem } from './variables.ts';

type Expansion = Exclude<DoubleQuotedChild, { type: 'Literal' }>;

export interface Variable {
  name: string;
  /** Its value as it stands, and nothing done to it. */
  isPlain: boolean;
  /** A number whatever it holds: `${#x}`, `$?`, `$((…))`. */
  isCount: boolean;
}

/** Null for the output of a command. */
export function variableOf(part: Expansion): Variable | null {
  switch (part.type) {
    case 'SimpleExpansion': {
      const name = part.text.slice(1);
      return { name, isPlain: true, isCount: COUNTS.has(name) };
    }
    case 'ParameterExpansion': {
      const isPlain = part.prefix === undefined && part.index === undefined && part.operation === undefined;
      const isCount = part.prefix === '#' || (isPlain && COUNTS.has(part.parameter));
      return { name: part.index ? `${part.parameter}[@]` : part.parameter, isPlain, isCount };
    }
    case 'ArithmeticExpansion':
      return { name: '', isPlain: false, isCount: true };
    case 'CommandExpansion':
      return null;
  }
}

const COUNTS = new Set(['?', '#', '$', '!', 'RANDOM', 'SECONDS', 'LINENO', 'UID', 'EUID', 'PPID', 'BASHPID']);

/** Enters the scripts within. Answers why nobody can say what it does, or nothing. */
export function expansionProblem(part: Expansion, scope: WordScope): string {
  switch (part.type) {
    case 'SimpleExpansion':
      return '';
    case 'CommandExpansion':
      scope.enter(part.script);
      return '';
    case 'ArithmeticExpansion':
      return arithmeticProblem(part.text.replace(/^\$\(\(|^\$\[/, '').replace(/\)\)$|\]$/, ''), scope);
    case 'ParameterExpansion':
      return parameterProblem(part, scope);
  }
}

function parameterProblem(part: ParameterExpansionPart, scope: WordScope): string {
  if (part.prefix === '!') return 'It reads a variable whose name stands in another one.';
  if (part.index && !['@', '*'].includes(part.index.text) && arithmeticProblem(part.index.text, scope) !== '')
    return EVALUATED;
  const { operation } = part;
  switch (operation?.type) {
    case undefined:
    case 'Names':
      return '';
    case 'Default':
      scope.visit(operation.operand);
      return operation.operator.endsWith('=') ? assignmentProblem(part.parameter) : '';
    case 'Remove':
      scope.visit(operation.operand);
      return '';
    case 'Replace':
      scope.visit(operation.pattern);
      scope.visit(operation.replacement);
      return '';
    case 'CaseModification':
      if (operation.operand) scope.visit(operation.operand);
      return '';
    case 'Slice':
      return [operation.offset, operation.length].some((word) => word && arithmeticProblem(word.text, scope) !== '')
        ? EVALUATED
        : '';
    case 'Transform':
      return ['U', 'u', 'L', 'Q'].includes(operation.operand.text) ? '' : 'It expands what a variable holds once more.';
    case 'Unknown':
      return 'It holds an expansion that is not known.';
  }
}

export const EVALUATED = 'Arithmetic evaluates what it holds: a value in it could run a command.';

/**
 * Bash evaluates names in arithmetic as arithmetic again, and an index of an array in there is expanded: only numbers, and
 * names that hold nothing else and that nobody obeys, are safe. Parentheses that do not pair make bash read `$((` as a script.
 */
export function arithmeticProblem(body: string, scope: Pick<WordScope, 'isNumber'>): string {
  if (!/^[\w\s+\-*/%<>=!&|^~?:,()$#]*$/.test(body) || body.includes('$(') || !isPaired(body)) return EVALUATED;
  const names = body.match(/[A-Za-z_]\w*/g) ?? [];
  const isOurs = (name: string) => scope.isNumber(name) && assignmentProblem(name) === '';
  return names.every(isOurs) && !/\d[A-Za-z_]/.test(body) && !/\$\d/.test(body) ? '' : EVALUATED;
}

function isPaired(body: string): boolean {
  let depth = 0;
  for (const sign of body) {
    if (sign === '(') depth++;
    else if (sign === ')' && --depth < 0) return false;
  }
  return depth === 0;
}
