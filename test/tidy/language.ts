/** The parts of the language, and the shortcuts around its checks, that this house does without. */
import ts from 'typescript';
import { at, isCode, isComponent, walkTree, type Offence, type Source } from './sources.ts';

/** Their tools read the default export. */
const CONFIGS = ['vite.config.ts', 'vitest.config.ts'];
const VAGUE = /(^|\/)(utils?|helpers?|core|managers?|common|misc|index)\.(ts|mjs|svelte)$/;
const SILENCED = /@ts-(ignore|expect-error|nocheck)|(eslint|oxlint)-disable/;
/** Svelte's checks of accessibility know no context: one may be answered, in a comment right before. */
const ANSWERED = /svelte-ignore/;
const LEFT_OVER = /\b(TODO|FIXME|XXX|HACK)\b/;

export function language(sources: Source[]): Offence[] {
  return sources.filter(isCode).flatMap((source) => [...nameOf(source), ...comments(source), ...syntax(source)]);
}

function nameOf({ path }: Source): Offence[] {
  return VAGUE.test(path) ? [`${path} has a name that says nothing of its job`] : [];
}

function comments(source: Source): Offence[] {
  if (source.path.startsWith('test/tidy')) return []; // these rules name what they forbid
  return source.text.split('\n').flatMap((line, i, lines) => {
    const silenced = SILENCED.exec(line) ?? LEFT_OVER.exec(line);
    const unanswered = ANSWERED.test(line) && !/<!--|\/\/|\*\//.test(lines[i - 1] ?? '');
    if (unanswered) return [`${source.path}:${i + 1} has svelte-ignore: say why in a comment before it`];
    return silenced ? [`${source.path}:${i + 1} has ${silenced[0]}: mend it, or leave it out`] : [];
  });
}

function syntax(source: Source): Offence[] {
  const offences: Offence[] = [];
  walkTree(source, (node) => {
    const what = forbidden(node, source);
    if (what !== null) offences.push(`${at(source, node)} ${what}`);
  });
  return offences;
}

function forbidden(node: ts.Node, source: Source): string | null {
  if (ts.isEnumDeclaration(node)) return 'declares an enum: use a union of strings';
  if (ts.isModuleDeclaration(node) && (node.flags & ts.NodeFlags.Namespace) !== 0) return 'declares a namespace';
  if (ts.isDecorator(node)) return 'uses a decorator';
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'says `any`: `unknown` enters, a typed value leaves';
  if (isDefaultExport(node) && !isComponent(source) && !CONFIGS.includes(source.path)) return 'has a default export';
  if (isWholeZod(node))
    return 'imports z from zod: `import * as z` leaves the words of forty languages out of the bundle';
  if (isBarrel(node)) return 'exports what another file has: import it from there';
  if (ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/[/*]/.test(node.block.getFullText()))
    return 'catches and says nothing: handle it, or say why not';
  return null;
}

/** A file that hands on one package may be the door to it; one that hands on our own files is a detour. */
const isBarrel = (node: ts.Node) =>
  ts.isExportDeclaration(node) && /^['"]\./.test(node.moduleSpecifier?.getText() ?? '');

const isWholeZod = (node: ts.Node) =>
  ts.isImportSpecifier(node) && node.name.text === 'z' && /['"]zod['"]/.test(node.parent.parent.parent.getText());

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}
