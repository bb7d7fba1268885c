/** The judge with one of its own lines undone: bundled anew for each, and called in place of the real one. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import type { judge } from '../../server/policy/judge.ts';

export interface CodeMutant {
  /** file:line, and the words that are undone. */
  name: string;
  file: string;
  /** Of the file's text, what is taken out, and what is put there. */
  start: number;
  end: number;
  text: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const SHELL = 'expansions folders parse redirects simple tests variables walk words'.split(' ');
const FILES = [...SHELL.map((name) => `shell/${name}`), 'script', 'reach', 'commands/awk', 'commands/sed'];

/** Each complaint: a problem that is noted, a question that is asked, a reason that is answered, a name that is known as steering. */
export function codeMutants(): CodeMutant[] {
  return FILES.flatMap((name) => {
    const file = `server/policy/${name}.ts`;
    const text = readFileSync(join(ROOT, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const found: CodeMutant[] = [];
    const keep = (node: ts.Node, put: string) => {
      const [start, end] = [node.getStart(source), node.getEnd()];
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      found.push({
        name: `${file}:${line} ${text.slice(start, end).replace(/\s+/g, ' ')}`,
        file,
        start,
        end,
        text: put,
      });
    };
    visit(source, (node) => {
      const put = undone(node);
      if (put !== null) keep(node, put);
    });
    return found;
  });
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

const NOTED = /^(?:this|scope)\.problem$|\.problems\.push$/;
const ASKED = /^asks(?:ByDefault|Always)$/;

/** What stands in its place; null for what is no complaint. */
function undone(node: ts.Node): string | null {
  if (ts.isCallExpression(node)) {
    const called = node.expression.getText();
    if (NOTED.test(called)) return 'undefined';
    if (ASKED.test(called)) return LETS_PASS;
  }
  if (ts.isReturnStatement(node) && node.expression && isReason(node.expression)) return "return '';";
  const isEntry = ts.isObjectLiteralExpression(node) && /^\{\s*pattern:/.test(node.getText());
  return isEntry ? '{ pattern: /^$/, why: "" }' : null;
}

const LETS_PASS =
  "{ rank: 'default', reason: { rule: 'undone', layer: 'default', source: '', decision: 'allow', why: '', about: { kind: 'none' } } }";

const isReason = (node: ts.Expression) =>
  (ts.isIdentifier(node) && /^[A-Z]+$/.test(node.text)) ||
  (ts.isStringLiteralLike(node) && node.text !== '') ||
  ts.isTemplateExpression(node);

/** `dir` is the test's own; the judge of it is a program of this machine's tests alone. */
export async function mutated(
  { file, start, end, text }: CodeMutant,
  dir: string,
  count: number,
): Promise<typeof judge> {
  const path = join(ROOT, file);
  const from = readFileSync(path, 'utf8');
  const made = await build({
    entryPoints: [join(ROOT, 'server/policy/judge.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['zod', 'unbash'],
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
            loaded === path ? { contents: from.slice(0, start) + text + from.slice(end), loader: 'ts' } : undefined,
          ),
      },
    ],
  });
  const module = join(dir, `judge-${count}.mjs`);
  if (count === 0) symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(module, made.outputFiles[0]!.contents);
  return ((await import(module)) as { judge: typeof judge }).judge;
}
