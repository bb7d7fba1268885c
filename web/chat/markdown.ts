/** Markdown to HTML text, block by block. What comes out is still to be sanitised; nothing here touches the document. */
import MarkdownIt, { type Token } from 'markdown-it';

/** What the blocks of one text share: the link definitions found so far. */
export type Definitions = Record<string, unknown>;

const md = new MarkdownIt({ html: false, linkify: false, breaks: false, typographer: false });

/** The web and the post; all else is no link: a relative target would be a page of ours, other schemes are programs. */
const WEB_TARGET = /^(https?:\/\/|mailto:)/i;
/** A path of the workspace, perhaps with a line: `src/a.ts`, `src/a.ts:12`, `./a.ts#L12`. */
const PATH_TARGET = /^(?![a-z][a-z0-9+.-]*:|\/\/|#|\?)[^\s\\]+$/i;

md.validateLink = (url) => WEB_TARGET.test(url) || PATH_TARGET.test(url);

/** A picture is never fetched: its words stand for it, and where it would have come from. */
md.renderer.rules['image'] = (tokens, index) => {
  const token = tokens[index]!;
  const alt = token.content === '' ? 'picture' : token.content;
  const source = String(token.attrGet('src') ?? '');
  return `<span class="picture">${escaped(alt)}<em> (picture not loaded: ${escaped(source.slice(0, 200))})</em></span>`;
};

const sideOf = (style: string) => /text-align:\s*(left|center|right)/.exec(style)?.[1];
for (const name of ['th_open', 'td_open']) {
  md.renderer.rules[name] = (tokens, index) => {
    const side = sideOf(String(tokens[index]!.attrGet('style') ?? ''));
    return `<${tokens[index]!.tag}${side === undefined ? '' : ` align="${side}"`}>`;
  };
}

/** The text's top-level blocks in order, each as HTML text. */
export function blocksOf(text: string): string[] {
  const definitions: Definitions = {};
  const outline: number[] = [];
  return topLevel(md.parse(text, definitions)).map(({ tokens }) => render(tokens, definitions, outline));
}

/**
 * A text that grows. A block is read anew only while it is the last one; those before it keep their HTML, the same string, so
 * that what is on the page is left alone. A link definition is found by what stands after it.
 */
export class GrowingBlocks {
  #text = '';
  #done: string[] = [];
  /** Where the last block begins, in UTF-16 units. */
  #from = 0;
  #definitions: Definitions = {};
  #outline: number[] = [];

  /** All blocks of the text as it now is. A text that does not begin with the one before is read from its start. */
  update(text: string): string[] {
    if (!text.startsWith(this.#text)) {
      this.#done = [];
      this.#from = 0;
      this.#definitions = {};
      this.#outline = [];
    }
    this.#text = text;
    const tail = text.slice(this.#from);
    const blocks = topLevel(md.parse(tail, this.#definitions));
    const last = blocks.pop();
    if (last === undefined) return [...this.#done];
    this.#done.push(...blocks.map(({ tokens }) => render(tokens, this.#definitions, this.#outline)));
    this.#from += lineStart(tail, last.line);
    return [...this.#done, render(last.tokens, this.#definitions, [...this.#outline])];
  }
}

interface Block {
  tokens: Token[];
  /** The first line of the block. */
  line: number;
}

function topLevel(tokens: Token[]): Block[] {
  const blocks: Block[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) blocks.push({ tokens: [], line: token.map?.[0] ?? blocks.at(-1)?.line ?? 0 });
    blocks.at(-1)!.tokens.push(token);
    depth += token.nesting;
  }
  return blocks;
}

function render(tokens: Token[], definitions: Definitions, outline: number[]): string {
  nestHeadings(tokens, outline);
  return md.renderer.render(tokens, md.options, definitions);
}

/** Headings stand below the message's own (level 2) and skip no level, whatever their writer skipped. */
function nestHeadings(tokens: Token[], outline: number[]): void {
  for (const token of tokens) {
    if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
    const level = Number(token.tag.slice(1));
    if (token.type === 'heading_open') {
      while (outline.length > 0 && outline.at(-1)! >= level) outline.pop();
      outline.push(level);
    }
    token.tag = `h${Math.min(6, 2 + outline.length)}`;
  }
}

function lineStart(text: string, line: number): number {
  let at = 0;
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1;
  return at;
}

const escaped = (text: string) => md.utils.escapeHtml(text);

export type Target = { kind: 'web'; url: URL } | { kind: 'path'; path: string } | { kind: 'none' };

/** Where a link leads; `none` where it leads nowhere that this page would go. */
export function targetOf(href: string): Target {
  if (WEB_TARGET.test(href)) {
    const url = URL.canParse(href) ? new URL(href) : null;
    return url === null ? { kind: 'none' } : { kind: 'web', url };
  }
  if (!PATH_TARGET.test(href)) return { kind: 'none' };
  const path = unescaped(href).replace(/(#L?\d+.*|:\d+(:\d+)?)$/, '').replace(/^\.\//, ''); // prettier-ignore
  return path === '' ? { kind: 'none' } : { kind: 'path', path };
}

function unescaped(href: string): string {
  try {
    return decodeURI(href);
  } catch {
    return href; // A stray % is part of the name.
  }
}

/** True where the words of a link name one web address and its target is another. */
export function misleads(words: string, url: URL): boolean {
  const named = /(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})/u.exec(words.trim())?.[1]?.toLowerCase();
  if (named === undefined || url.protocol === 'mailto:') return false;
  const host = url.hostname.toLowerCase();
  return host !== named && host !== `www.${named}` && `www.${host}` !== named;
}
