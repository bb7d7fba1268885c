/** `[[ … ]]`: its words, and those of them that it evaluates as arithmetic. */
import type { TestExpression, Word } from 'unbash';
import { arithmeticProblem, EVALUATED } from './expansions.ts';
import type { WordScope } from './scope.ts';

const ARITHMETIC = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);

export function testWords(node: TestExpression, scope: WordScope): void {
  switch (node.type) {
    case 'TestUnary':
      scope.visit(node.operand);
      if (['-v', '-R'].includes(node.operator) && !/^\w+$/.test(node.operand.text)) scope.problem(EVALUATED);
      return;
    case 'TestBinary':
      scope.visit(node.left);
      scope.visit(node.right);
      if (ARITHMETIC.has(node.operator) && [node.left, node.right].some((word) => !isNumber(word, scope)))
        scope.problem(EVALUATED);
      return;
    case 'TestLogical':
      for (const operand of node.operands) testWords(operand, scope);
      return;
    case 'TestNot':
      return testWords(node.operand, scope);
    case 'TestGroup':
      return testWords(node.expression, scope);
    default:
      scope.problem('It holds a test that is not known here.');
  }
}

function isNumber({ text }: Word, scope: WordScope): boolean {
  const bare = text.replace(/^"(.*)"$/, '$1');
  if (/^\$(?:[#?$!]|\{#\w+\}|\{#\w+\[@\]\})$/.test(bare)) return true;
  return arithmeticProblem(bare, scope) === '';
}
