/** Who may change the disk: the names of node:fs that write, and the few rooms that have something to keep. */
import ts from 'typescript';
import { at, isCode, isProduct, walkTree, type Offence, type Source } from './sources.ts';

/** The workspace is written in run/, but for the marker of trust; the rest keep files of our own. */
const WRITERS = [
  /^server\/(run|store|trust)\//,
  /^server\/(lock|control)\.ts$/,
  /^server\/sandbox\//,
  /^server\/config\/dirs\.ts$/,
  /^server\/cli\/(purge|browser|events-file)\.ts$/,
];

const WRITING = new Set(
  (
    'appendFile chmod chown copyFile cp createWriteStream fchmod fchown ftruncate futimes lchmod lchown link lutimes mkdir ' +
    'mkdtemp mkdtempDisposable rename rm rmdir symlink truncate unlink utimes write writeFile writev WriteStream'
  )
    .split(' ')
    .flatMap((name) => [name, `${name}Sync`]),
);
const OPENING = new Set(['open', 'openSync']);

const MODULE = /^['"`](node:)?fs(\/promises)?['"`]$/;
const WHY = 'run/ writes the workspace, and only store/, trust/ and a few named files keep something of ours';

export function writes(sources: Source[]): Offence[] {
  return sources
    .filter((source) => isProduct(source) && isCode(source) && !WRITERS.some((room) => room.test(source.path)))
    .flatMap(inFile);
}

function inFile(source: Source): Offence[] {
  const offences: Offence[] = [];
  const opening = new Set<string>();
  const wholes = new Set<string>();
  const offend = (node: ts.Node, what: string) => offences.push(`${at(source, node)} ${what}: ${WHY}`);
  walkTree(source, (node) => {
    if (ts.isImportDeclaration(node) && MODULE.test(node.moduleSpecifier.getText())) {
      for (const { name, as, whole } of brought(node)) {
        if (WRITING.has(name)) offend(node, `imports ${name}`);
        if (OPENING.has(name)) opening.add(as);
        if (whole || name === 'promises') wholes.add(as);
      }
    }
    if (ts.isExportDeclaration(node) && MODULE.test(node.moduleSpecifier?.getText() ?? ''))
      offend(node, 'hands node:fs on');
    if (ts.isCallExpression(node) && MODULE.test(node.arguments[0]?.getText() ?? ''))
      offend(node, 'loads node:fs where no import names what it takes');
  });
  walkTree(source, (node) => {
    const name = memberOf(node, wholes) ?? (isUseOf(node, opening) ? 'open' : null);
    if (name === null) return;
    if (WRITING.has(name) || name === '') offend(node, `uses ${node.getText()}`);
    if (OPENING.has(name) && !opensToRead(node)) offend(node, `opens with ${node.parent.getText()}, not only to read`);
  });
  return offences;
}

interface Brought {
  name: string;
  as: string;
  whole: boolean;
}

function brought({ importClause: clause }: ts.ImportDeclaration): Brought[] {
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const whole = clause.name ? [{ name: 'default', as: clause.name.text, whole: true }] : [];
  const { namedBindings: names } = clause;
  if (!names) return whole;
  if (ts.isNamespaceImport(names)) return [...whole, { name: '*', as: names.name.text, whole: true }];
  const taken = names.elements.filter((element) => !element.isTypeOnly);
  return [
    ...whole,
    ...taken.map(({ name, propertyName }) => {
      const from = (propertyName ?? name).text;
      return { name: from, as: name.text, whole: from === 'default' };
    }),
  ];
}

/** The name that is taken of the module; empty where it cannot be told; null for what is none of it. */
function memberOf(node: ts.Node, wholes: Set<string>): string | null {
  const isWhole = (value: ts.Expression): boolean =>
    ts.isIdentifier(value)
      ? wholes.has(value.text)
      : ts.isPropertyAccessExpression(value) && value.name.text === 'promises' && isWhole(value.expression);
  if (ts.isPropertyAccessExpression(node)) return isWhole(node.expression) ? node.name.text : null;
  if (ts.isElementAccessExpression(node) && isWhole(node.expression))
    return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : '';
  // `const { rm } = fs` and `const also = fs`
  if (ts.isVariableDeclaration(node) && node.initializer && isWhole(node.initializer)) return '';
  return null;
}

const isUseOf = (node: ts.Node, names: Set<string>): boolean =>
  ts.isIdentifier(node) &&
  names.has(node.text) &&
  !ts.isImportSpecifier(node.parent) &&
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !ts.isPropertyAssignment(node.parent);

/** A call whose flags are left out, `'r'`, or made of constants that read, here or in the variable that holds them. */
function opensToRead(node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.expression !== node) return false;
  const flags = call.arguments[1];
  if (!flags) return true;
  const text = ts.isIdentifier(flags) ? initialOf(flags) : flags.getText();
  if (/^['"]/.test(text)) return /^['"]rs?['"]$/.test(text);
  return /O_(RDONLY|PATH|DIRECTORY)/.test(text) && !/O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)/.test(text);
}

/** What a constant of this file is set to; empty where there is none of that name. */
function initialOf(name: ts.Identifier): string {
  let text = '';
  const look = (node: ts.Node): void => {
    const isIt = ts.isVariableDeclaration(node) && node.name.getText() === name.text && node.initializer;
    if (isIt && ts.isVariableDeclarationList(node.parent) && node.parent.flags & ts.NodeFlags.Const)
      text += isIt.getText();
    ts.forEachChild(node, look);
  };
  look(name.getSourceFile());
  return text;
}
