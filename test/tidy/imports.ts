/** Who imports whom: the edges between files, as written, and what they bring at run time. */
import { posix } from 'node:path';
import ts from 'typescript';
import { isCode, lineOf, walkTree, type Source } from './sources.ts';

export interface Edge {
  from: string;
  line: number;
  /** A path from the root, or the name of a package as written (`node:fs/promises`, `hono/utils/…`). */
  to: string;
  /** Gone after compilation: it brings types and runs nothing. */
  typeOnly: boolean;
}

export const edgesOf = (sources: Source[]): Edge[] => sources.filter(isCode).flatMap(edges);

function edges(source: Source): Edge[] {
  const found: Edge[] = [];
  const add = (node: ts.Node, specifier: string, typeOnly: boolean) =>
    found.push({ from: source.path, line: lineOf(node), to: resolve(source.path, specifier), typeOnly });
  walkTree(source, (node) => {
    if (ts.isImportDeclaration(node)) add(node, textOf(node.moduleSpecifier), bringsTypes(node));
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node, textOf(node.moduleSpecifier), node.isTypeOnly);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node, textOf(node.argument.literal), true);
    if (isDynamicImport(node)) add(node, textOf(node.arguments[0]!), false);
    if (isUrlOfModule(node)) add(node, textOf(node.arguments![0]!), false);
  });
  return found;
}

const textOf = (node: ts.Node) => (ts.isStringLiteralLike(node) ? node.text : node.getText());

function resolve(from: string, specifier: string): string {
  const plain = specifier.replace(/\?.*$/, '');
  return plain.startsWith('.') ? posix.join(posix.dirname(from), plain) : plain;
}

function bringsTypes(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  if (clause.name || !clause.namedBindings || !ts.isNamedImports(clause.namedBindings)) return false;
  const { elements } = clause.namedBindings;
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

const isDynamicImport = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  node.expression.kind === ts.SyntaxKind.ImportKeyword &&
  node.arguments[0] !== undefined &&
  ts.isStringLiteralLike(node.arguments[0]);

/** `new URL('./x.worker.ts', import.meta.url)`: how a worker is named. */
const isUrlOfModule = (node: ts.Node): node is ts.NewExpression =>
  ts.isNewExpression(node) &&
  node.expression.getText() === 'URL' &&
  node.arguments?.length === 2 &&
  ts.isStringLiteralLike(node.arguments[0]!) &&
  /\.(ts|mjs)$/.test(node.arguments[0].text) &&
  node.arguments[1]!.getText() === 'import.meta.url';

/** Circles among the files: each as the list of its members, of those who import each other at run time. */
export function circles(sources: Source[]): string[][] {
  const next = new Map<string, string[]>();
  for (const edge of edgesOf(sources))
    if (!edge.typeOnly) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to]);
  return stronglyConnected(next).filter((group) => group.length > 1 || next.get(group[0]!)?.includes(group[0]!));
}

/** Tarjan's algorithm. */
function stronglyConnected(next: Map<string, string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    stack.push(node);
    for (const to of next.get(node) ?? []) {
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) low.set(node, Math.min(low.get(node)!, low.get(to)!));
    }
    if (low.get(node) === order.get(node)) groups.push(stack.splice(stack.indexOf(node)));
  };
  for (const node of next.keys()) if (!order.has(node)) visit(node);
  return groups;
}
