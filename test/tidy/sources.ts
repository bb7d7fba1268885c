/** The sources as the tidy rules read them: every text of the project, its rooms, and its TypeScript as a tree. */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FOLDERS = ['server', 'shared', 'web', 'test', 'bench', 'scripts', 'docs', 'native', '.ci'];
const TEXT = /\.(ts|mjs|svelte|css|html|md|json|toml|c|h|sh)$|(^|\/)run$/;

export interface Source {
  /** From the root, with `/` between names. */
  path: string;
  text: string;
}

/** What breaks a rule: where (`path` or `path:line`), and what to do about it. */
export type Offence = string;

/** Every text file of the project, but what is generated or taken from elsewhere. */
export async function readSources(): Promise<Source[]> {
  const top = (await readdir(ROOT, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  const below = await Promise.all(FOLDERS.map(walk));
  const paths = [...top, ...below.flat()].filter((path) => TEXT.test(path) && !isForeign(path));
  return Promise.all(paths.sort().map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })));
}

const FOREIGN = ['package-lock.json', 'sbom.cdx.json', 'THIRD_PARTY_NOTICES.md'];
/** Fixtures that are no code are samples of what others write. */
const isForeign = (path: string) =>
  FOREIGN.includes(path) || (path.startsWith('test/fixtures/') && !path.endsWith('.ts'));

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(folder, posix.relative(join(ROOT, folder), join(entry.parentPath, entry.name))));
}

export const isCode = ({ path }: Source) => /\.(ts|mjs|svelte)$/.test(path);
export const isComponent = ({ path }: Source) => path.endsWith('.svelte');
/** What ships: the sources of the server, the page and what they share. */
export const isProduct = ({ path }: Source) => /^(server|shared|web)\//.test(path);
export const isTest = ({ path }: Source) => path.startsWith('test/');

const trees = new WeakMap<Source, ts.SourceFile>();

/** The tree of a file's TypeScript; of a component, that of its scripts, with the lines where they stand. */
export function tree(source: Source): ts.SourceFile {
  const known = trees.get(source);
  if (known) return known;
  const text = isComponent(source) ? scriptsOf(source.text) : source.text;
  const parsed = ts.createSourceFile(source.path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  trees.set(source, parsed);
  return parsed;
}

/** A component's scripts, with everything else blanked, so that lines keep their numbers. */
function scriptsOf(text: string): string {
  const script = /(<script\b[^>]*>)([\s\S]*?)(<\/script>)/g;
  let code = '';
  let at = 0;
  for (const match of text.matchAll(script)) {
    const start = match.index + match[1]!.length;
    const end = start + match[2]!.length;
    code += blank(text.slice(at, start)) + text.slice(start, end);
    at = end;
  }
  return code + blank(text.slice(at));
}

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ');

/** Calls `visit` for every node of a file. */
export function walkTree(source: Source, visit: (node: ts.Node) => void): void {
  const down = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, down);
  };
  down(tree(source));
}

export const lineOf = (node: ts.Node): number =>
  node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;

export const at = (source: Source, node: ts.Node): string => `${source.path}:${lineOf(node)}`;
