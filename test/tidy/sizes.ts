/** No monsters: bounds on files, functions and components. */
import ts from 'typescript';
import { isCode, isComponent, isTest, tree, walkTree, type Offence, type Source } from './sources.ts';

export const FILE_LINES = 400;
export const COMPONENT_LINES = 200;
export const FUNCTION_LINES = 60;

export function sizes(sources: Source[]): Offence[] {
  return sources
    .filter((source) => isCode(source) || source.path.endsWith('.css') || source.path.endsWith('.c'))
    .flatMap((source) => [...fileSize(source), ...(isCode(source) ? functionSizes(source) : [])]);
}

function fileSize(source: Source): Offence[] {
  const lines = source.text.split('\n').length - 1;
  const bound = isComponent(source) ? COMPONENT_LINES : FILE_LINES;
  return lines > bound ? [`${source.path} has ${lines} lines; ${bound} are the most. Split it by meaning.`] : [];
}

function functionSizes(source: Source): Offence[] {
  const offences: Offence[] = [];
  walkTree(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
    if (isTest(source) && isSuite(node)) return;
    const file = tree(source);
    const first = file.getLineAndCharacterOfPosition(node.getStart()).line;
    const lines = file.getLineAndCharacterOfPosition(node.end).line - first + 1;
    if (lines > FUNCTION_LINES)
      offences.push(`${source.path}:${first + 1} is a function of ${lines} lines; ${FUNCTION_LINES} are the most.`);
  });
  return offences;
}

/** The body of a `describe`: a list of tests, not a thing that runs. */
function isSuite(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && /^describe\b/.test(call.expression.getText());
}
