/** Four quiet colours for code, loaded when first needed: spans over the text, never HTML. */
import type { Emitter, HLJSApi, LanguageFn } from 'highlight.js';
import type { Colour, ColourSpan } from './pieces.ts';
import type { Row } from './rows.ts';

/** A larger text stays in one colour: reading it is what matters, and the thread stays free. */
const COLOURED_CHARS = 200_000;
/** A longer line has no shape that colours could show. */
const COLOURED_LINE = 2_000;

const load = (module: Promise<{ default: LanguageFn }>) => module.then((m) => m.default);

const LANGUAGES: Record<string, () => Promise<LanguageFn>> = {
  bash: () => load(import('highlight.js/lib/languages/bash')),
  c: () => load(import('highlight.js/lib/languages/c')),
  cpp: () => load(import('highlight.js/lib/languages/cpp')),
  csharp: () => load(import('highlight.js/lib/languages/csharp')),
  css: () => load(import('highlight.js/lib/languages/css')),
  dockerfile: () => load(import('highlight.js/lib/languages/dockerfile')),
  go: () => load(import('highlight.js/lib/languages/go')),
  ini: () => load(import('highlight.js/lib/languages/ini')),
  java: () => load(import('highlight.js/lib/languages/java')),
  javascript: () => load(import('highlight.js/lib/languages/javascript')),
  json: () => load(import('highlight.js/lib/languages/json')),
  kotlin: () => load(import('highlight.js/lib/languages/kotlin')),
  makefile: () => load(import('highlight.js/lib/languages/makefile')),
  php: () => load(import('highlight.js/lib/languages/php')),
  python: () => load(import('highlight.js/lib/languages/python')),
  ruby: () => load(import('highlight.js/lib/languages/ruby')),
  rust: () => load(import('highlight.js/lib/languages/rust')),
  scss: () => load(import('highlight.js/lib/languages/scss')),
  sql: () => load(import('highlight.js/lib/languages/sql')),
  swift: () => load(import('highlight.js/lib/languages/swift')),
  typescript: () => load(import('highlight.js/lib/languages/typescript')),
  xml: () => load(import('highlight.js/lib/languages/xml')),
  yaml: () => load(import('highlight.js/lib/languages/yaml')),
};

/** Extensions, whole names and the names that people write behind a fence, to the grammar they mean. */
// prettier-ignore
const NAMES: Record<string, string> = {
  sh: 'bash', zsh: 'bash', shell: 'bash', console: 'bash', h: 'c', cc: 'cpp', hpp: 'cpp', cs: 'csharp', less: 'css',
  toml: 'ini', cfg: 'ini', js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsx: 'javascript', jsonc: 'json',
  json5: 'json', kt: 'kotlin', mk: 'makefile', py: 'python', rb: 'ruby', rs: 'rust', ts: 'typescript',
  mts: 'typescript', cts: 'typescript', tsx: 'typescript', html: 'xml', svg: 'xml', vue: 'xml', svelte: 'xml', yml: 'yaml',
};

/** The grammar for a path or a fence's word; null where there is none. */
export function languageOf(name: string): string | null {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const extension = base.slice(base.lastIndexOf('.') + 1);
  const found = Object.hasOwn(NAMES, extension) ? NAMES[extension]! : extension;
  return Object.hasOwn(LANGUAGES, found) ? found : null;
}

/** The colours of a text by line. Resolves to null where the language is unknown or the text too long; never throws. */
export async function coloursOf(text: string, name: string): Promise<ColourSpan[][] | null> {
  const language = languageOf(name);
  if (language === null || text.length > COLOURED_CHARS) return null;
  try {
    const highlighter = await withLanguage(language);
    const result = highlighter.highlight(text, { language, ignoreIllegals: true });
    // Our own emitter, set below, is what stands here.
    return byLine(text, (result._emitter as SpanEmitter).spans);
  } catch (problem) {
    console.warn(`No colours for ${language}: ${problem instanceof Error ? problem.message : String(problem)}`);
    return null;
  }
}

/** Colours for the rows of a hunk: the old side and the new side are each read as one text, so that a string may span lines. */
export async function rowColours(rows: readonly Row[], path: string): Promise<Map<Row, ColourSpan[]> | null> {
  const now = rows.filter((row) => row.kind === 'add' || row.kind === 'context');
  const old = rows.filter((row) => row.kind === 'del' || row.kind === 'context');
  const textOf = (side: Row[]) => side.map((row) => row.text).join('\n');
  const [ofOld, ofNow] = await Promise.all([coloursOf(textOf(old), path), coloursOf(textOf(now), path)]);
  if (ofOld === null || ofNow === null) return null;
  const out = new Map<Row, ColourSpan[]>();
  for (const [i, row] of old.entries()) out.set(row, ofOld[i] ?? []);
  for (const [i, row] of now.entries()) out.set(row, ofNow[i] ?? []);
  return out;
}

/** Languages that stand inside others. */
const WITHIN: Record<string, string[]> = { xml: ['javascript', 'css'] };

let instance: Promise<HLJSApi> | null = null;

async function withLanguage(language: string): Promise<HLJSApi> {
  instance ??= import('highlight.js/lib/core').then(({ default: core }) => {
    const own = core.newInstance();
    own.configure({ __emitter: SpanEmitter });
    return own;
  });
  const highlighter = await instance;
  for (const name of [language, ...(WITHIN[language] ?? [])])
    if (!highlighter.getLanguage(name)) highlighter.registerLanguage(name, await LANGUAGES[name]!());
  return highlighter;
}

/** Takes what the highlighter finds as spans over the text; scopes without one of our colours inherit from around them. */
class SpanEmitter implements Emitter {
  spans: ColourSpan[] = [];
  #at = 0;
  #open: (Colour | 'none')[] = [];

  addText(text: string): void {
    const colour = this.#open.at(-1) ?? 'none';
    if (colour !== 'none') this.spans.push({ start: this.#at, end: this.#at + text.length, colour });
    this.#at += text.length;
  }
  startScope(scope: string): void {
    this.#open.push(SCOPES[scope.split('.')[0]!] ?? this.#open.at(-1) ?? 'none');
  }
  endScope(): void {
    this.#open.pop();
  }
  openNode(scope: string): void {
    this.startScope(scope);
  }
  closeNode(): void {
    this.endScope();
  }
  __addSublanguage(emitter: Emitter): void {
    if (!(emitter instanceof SpanEmitter)) return;
    for (const span of emitter.spans)
      this.spans.push({ ...span, start: span.start + this.#at, end: span.end + this.#at });
    this.#at += emitter.#at;
  }
  finalize(): void {}
  closeAllNodes(): void {}
  toHTML(): string {
    return '';
  }
}

// prettier-ignore
const SCOPES: Record<string, Colour | 'none'> = {
  keyword: 'key', literal: 'key', built_in: 'key', type: 'key', tag: 'key', name: 'key', 'selector-tag': 'key', meta: 'key',
  string: 'string', regexp: 'string', attr: 'string', symbol: 'string', bullet: 'string', link: 'string',
  number: 'number', variable: 'none', subst: 'none', comment: 'note', quote: 'note', doctag: 'note',
};

/** Spans over a text, as spans over each of its lines. */
function byLine(text: string, spans: readonly ColourSpan[]): ColourSpan[][] {
  const out: ColourSpan[][] = [];
  let next = 0;
  let start = 0;
  for (const line of text.split('\n')) {
    const end = start + line.length;
    const here: ColourSpan[] = [];
    while (next < spans.length && spans[next]!.start < end + 1) {
      const span = spans[next]!;
      const from = Math.max(span.start, start);
      const to = Math.min(span.end, end);
      if (from < to) here.push({ start: from - start, end: to - start, colour: span.colour });
      if (span.end > end) break; // it goes on in the next line
      next++;
    }
    out.push(line.length > COLOURED_LINE ? [] : here);
    start = end + 1;
  }
  return out;
}
