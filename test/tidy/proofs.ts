/** Tests that prove something: none is passed over, none waits for a clock. */
import ts from 'typescript';
import { at, isCode, isTest, walkTree, type Offence, type Source } from './sources.ts';

const PASSED_OVER = ['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'];
const RUNNERS = /^(it|test|describe|suite|scenario)\b/;
const MOCKS = /^vi\.(mock|doMock|stubGlobal|hoisted)$/;
const QUICK = /^expect\([^]*\b(performance|Date)\.now\(\)[^]*\)\.toBeLess\w+$/;
const NAPS = /(^|\.)(waitForTimeout|sleep|delay)$/;

export function proofs(sources: Source[]): Offence[] {
  return sources
    .filter((source) => isTest(source) && isCode(source))
    .flatMap((source) => {
      const offences: Offence[] = [];
      walkTree(source, (node) => {
        const what = weak(node);
        if (what !== null) offences.push(`${at(source, node)} ${what}`);
      });
      return offences;
    });
}

function weak(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && PASSED_OVER.includes(node.name.text) && RUNNERS.test(node.getText()))
    return `has ${node.getText()}: a test runs, or is not there`;
  if (ts.isImportDeclaration(node) && /timers\/promises/.test(node.moduleSpecifier.getText()))
    return 'imports a sleep: wait for a fact';
  if (!ts.isCallExpression(node)) return null;
  const callee = node.expression.getText();
  if (/^(xit|xtest|xdescribe|fit|fdescribe)$/.test(callee)) return `has ${callee}: a test runs, or is not there`;
  if (NAPS.test(callee)) return `calls ${callee}: wait for a fact`;
  if (MOCKS.test(callee)) return `calls ${callee}: use the real thing`;
  if (/^setTimeout$/.test(callee) && resolvesPromise(node)) return 'sleeps: wait for a fact';
  if (isConstantAssertion(node)) return 'asserts what cannot fail';
  if (QUICK.test(callee)) return 'asserts how quick it was: the limit of the test bounds it, bench/ measures it';
  return null;
}

/** `new Promise((done) => setTimeout(done, ms))` */
function resolvesPromise(call: ts.CallExpression): boolean {
  const [callback] = call.arguments;
  if (!callback || !ts.isIdentifier(callback)) return false;
  for (let node: ts.Node = call; node.parent; node = node.parent) {
    if (!ts.isNewExpression(node) || node.expression.getText() !== 'Promise') continue;
    const [executor] = node.arguments ?? [];
    return (
      executor !== undefined && ts.isFunctionLike(executor) && executor.parameters[0]?.name.getText() === callback.text
    );
  }
  return false;
}

/** `expect(true).toBe(true)` and its kin: a literal on the left. */
function isConstantAssertion(call: ts.CallExpression): boolean {
  if (call.expression.getText() !== 'expect') return false;
  const [subject] = call.arguments;
  if (!subject) return false;
  return (
    ts.isLiteralExpression(subject) || [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(subject.kind)
  );
}
