/** The doors that a bare name opens: the environment, the network, and HTML from text. */
import ts from 'typescript';
import { at, isCode, isComponent, isProduct, walkTree, type Offence, type Source } from './sources.ts';

const ENVIRONMENT = [/^server\/main\.ts$/, /^server\/config\//, /^server\/sandbox\/env\.ts$/];
const FETCH = [/^server\/(llm|mcp|run)\//, /^web\/lib\//];
const RAW_HTML = [/^web\/chat\/Markdown\.svelte$/];

/** What makes markup or code out of text. None of it is needed: Svelte writes text as text. */
const HTML_SINKS = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'setHTMLUnsafe',
  'srcdoc',
  'createContextualFragment',
];

const allowed = (source: Source, places: RegExp[]) => places.some((place) => place.test(source.path));

export function doors(sources: Source[]): Offence[] {
  return sources
    .filter((source) => isProduct(source) && isCode(source))
    .flatMap((source) => [...names(source), ...markup(source)]);
}

function names(source: Source): Offence[] {
  const offences: Offence[] = [];
  const offend = (node: ts.Node, what: string) => offences.push(`${at(source, node)} ${what}`);
  walkTree(source, (node) => {
    if (readsEnvironment(node) && !allowed(source, ENVIRONMENT))
      offend(node, 'reads the environment: only main.ts, config/ and sandbox/env.ts may');
    if (callsFetch(node) && !allowed(source, FETCH))
      offend(node, 'fetches: outbound calls live in server/llm/, those of the page in web/lib/');
    if (ts.isCallExpression(node) && node.expression.getText() === 'eval') offend(node, 'evaluates text');
    if (ts.isNewExpression(node) && node.expression.getText() === 'Function') offend(node, 'makes a function of text');
    if (isHtmlSink(node)) offend(node, `uses ${node.getText()}: text is never markup`);
  });
  return offences;
}

function markup(source: Source): Offence[] {
  if (!isComponent(source) || allowed(source, RAW_HTML)) return [];
  const line = source.text.split('\n').findIndex((text) => text.includes('{@html'));
  return line < 0
    ? []
    : [`${source.path}:${line + 1} has {@html}: only web/chat/Markdown.svelte may, for sanitised markdown`];
}

/** `process.env`, `const { env } = process`, `import { env } from 'node:process'`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (ts.isElementAccessExpression(node))
    return isProcess(node.expression) && node.argumentExpression.getText().replaceAll(/['"`]/g, '') === 'env';
  if (ts.isVariableDeclaration(node))
    return (
      ts.isObjectBindingPattern(node.name) &&
      node.initializer !== undefined &&
      isProcess(node.initializer) &&
      binds(node.name, 'env')
    );
  if (!ts.isImportDeclaration(node) || !/^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText())) return false;
  return /\benv\b/.test(node.importClause?.getText() ?? '');
}

const isProcess = (node: ts.Node) => /^(globalThis\.)?process$/.test(node.getText());
const binds = (pattern: ts.ObjectBindingPattern, name: string) =>
  pattern.elements.some((element) => (element.propertyName ?? element.name).getText() === name);

/** A call of the global: a function that was handed in under this name is its giver's affair. */
function callsFetch(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.getText() === 'globalThis.fetch';
  return (
    ts.isIdentifier(node) &&
    node.text === 'fetch' &&
    ts.isCallExpression(node.parent) &&
    node.parent.expression === node
  );
}

function isHtmlSink(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && HTML_SINKS.includes(node.name.text)) return true;
  return ts.isPropertyAccessExpression(node) && /^document\.write(ln)?$/.test(node.getText());
}
