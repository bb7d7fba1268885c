/** Prose in markdown, as a model or a person wrote it, written anew from what a parser understood: what could act is words. */
import MarkdownIt, { type Token } from 'markdown-it';
import { LIMITS } from '../../shared/limits.ts';
import { fenced, inlineCode, lineStart, plainLine, plainWords } from './markdown-text.ts';

/** Quotes and lists within each other; below that the parser leaves text out. */
const NESTING = 60;

/** Raw HTML and definitions are text to it, so nothing of them is lost and nothing of them acts. */
const parser = new MarkdownIt({ html: false, linkify: false, typographer: false, maxNesting: NESTING });
parser.disable('reference');

/**
 * The same text with its emphasis, lists, tables and code, made of our own signs alone. Of what was written no sign but those
 * of a fence or a code span stands unescaped, and of code only what a parser found to be code. What is longer than a message
 * may be, or nested deeper than anybody reads, is one block of text.
 */
export function inertProse(text: string): string {
  if (text.length > LIMITS.messageChars.value) return fenced(text, 'text');
  const tokens = parser.parse(text, {});
  if (tokens.some(({ level }) => level >= NESTING - 2)) return fenced(text, 'text');
  return blocks({ tokens, at: 0 }).join('\n\n');
}

interface Cursor {
  tokens: Token[];
  at: number;
}

/** The blocks up to the token that closes what holds them, which is taken too. */
function blocks(cursor: Cursor): string[] {
  const found: string[] = [];
  while (cursor.at < cursor.tokens.length) {
    const token = cursor.tokens[cursor.at++]!;
    if (token.nesting < 0) break;
    found.push(block(token, cursor));
  }
  return found.filter((text) => text !== '');
}

function block(token: Token, cursor: Cursor): string {
  switch (token.type) {
    case 'paragraph_open':
      return lines(inline(next(cursor), BREAKS));
    case 'heading_open':
      return `${headingMark(token)} ${lineStart(inline(next(cursor), NO_BREAKS))}`;
    case 'blockquote_open':
      return prefixed(blocks(cursor).join('\n\n'), '> ', '> ');
    case 'bullet_list_open':
    case 'ordered_list_open':
      return list(token, cursor);
    case 'table_open':
      return table(cursor);
    case 'fence':
      return codeBlock(token);
    case 'code_block':
      return fenced(token.content, '');
    case 'hr':
      return '___';
    default:
      return plainLine(token.content);
  }
}

/** The inline token that an opening one is followed by; its closing one is passed over. */
function next(cursor: Cursor): Token[] {
  const children = cursor.tokens[cursor.at]!.children ?? [];
  cursor.at += 2;
  return children;
}

/** Below every heading of the export itself, so that none can be passed off. */
const headingMark = ({ tag }: Token) => (tag === 'h1' ? '#####' : '######');

function list(open: Token, cursor: Cursor): string {
  const items: string[] = [];
  let isTight = true;
  let number = Number(open.attrGet('start') ?? 1);
  while (cursor.tokens[cursor.at++]!.type === 'list_item_open') {
    const first = cursor.tokens[cursor.at]!;
    isTight &&= first.type !== 'paragraph_open' || first.hidden;
    const mark = open.type === 'ordered_list_open' ? `${Math.min(number++, 999_999_999)}${open.markup}` : open.markup;
    items.push(prefixed(within(blocks(cursor)), `${mark} `, ' '.repeat(mark.length + 1)));
  }
  return items.join(isTight ? '\n' : '\n\n');
}

/** A list follows the words before it directly, as it does where items are close together. */
function within(parts: string[]): string {
  return parts.reduce((text, part) => (text === '' ? part : `${text}${LIST.test(part) ? '\n' : '\n\n'}${part}`), '');
}

const LIST = /^([-+*]|\d{1,9}[.)]) /;

function prefixed(text: string, first: string, rest: string): string {
  return text
    .split('\n')
    .map((line, i) => `${i === 0 ? first : rest}${line}`.trimEnd())
    .join('\n');
}

/** Rows, each as wide as the parser made it. */
function table(cursor: Cursor): string {
  const rows: string[][] = [];
  const sides: string[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.at++]!;
    if (token.type === 'table_close') break;
    if (token.type === 'tr_open') rows.push([]);
    if (token.type === 'th_open') sides.push(side(token));
    if (token.type === 'th_open' || token.type === 'td_open') rows.at(-1)!.push(cell(next(cursor)));
  }
  const [head, ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return [head!, `| ${sides.join(' | ')} |`, ...body].join('\n');
}

function side(token: Token): string {
  const align = /left|center|right/.exec(String(token.attrGet('style') ?? ''))?.[0];
  return { left: ':--', center: ':-:', right: '--:', none: '---' }[align ?? 'none']!;
}

/** A bar would end the cell, within code too. */
function cell(children: Token[]): string {
  const safe = children.map((child) =>
    child.type === 'code_inline' && child.content.includes('|') ? asText(child) : child,
  );
  return inline(safe, NO_BREAKS).trim().replaceAll('\\|', '&#124;');
}

function asText({ content }: Token): Token {
  const [token] = parser.parseInline('x', {})[0]!.children!;
  token!.content = content;
  return token!;
}

const BREAKS = { soft: '\n', hard: '\\\n' };
const NO_BREAKS = { soft: ' ', hard: ' ' };

const lines = (text: string): string => text.split('\n').map(lineStart).join('\n');

/** Two code spans would be one, a link would be a picture or an embed, and a bare address would take in the code after it. */
function inline(children: Token[], breaks: typeof BREAKS): string {
  const pieces: string[] = [];
  const targets: string[] = [];
  let end = '';
  let isAddress = false;
  for (const token of children) {
    const piece = span(token, breaks, targets);
    if (piece === '') continue;
    if (piece.startsWith('`') ? end === '`' || isAddress : piece.startsWith('[') && /[![]/.test(end)) pieces.push(' ');
    pieces.push(piece);
    end = piece.slice(-1);
    const word = piece.slice(Math.max(...[' ', '\t', '\n'].map((space) => piece.lastIndexOf(space))) + 1);
    isAddress = (isAddress && word === piece) || ADDRESS.test(word);
  }
  return pieces.join('');
}

const ADDRESS = /:\/\/|www\./i;

function span(token: Token, breaks: typeof BREAKS, targets: string[]): string {
  switch (token.type) {
    case 'code_inline':
      return inlineCode(token.content);
    case 'softbreak':
      return breaks.soft;
    case 'hardbreak':
      return breaks.hard;
    case 'em_open':
    case 'em_close':
    case 'strong_open':
    case 'strong_close':
    case 's_open':
    case 's_close':
      return token.markup;
    case 'link_open':
      targets.push(String(token.attrGet('href') ?? ''));
      return isWeb(targets.at(-1)!) ? '[' : '\\[';
    case 'link_close':
      return closing(targets.pop() ?? '');
    case 'image':
      return picture(token, targets.length > 0);
    default:
      return plainWords(token.content);
  }
}

/** A link to what it would have shown; within a link, which can hold no other, words. */
function picture(token: Token, isInLink: boolean): string {
  const target = String(token.attrGet('src') ?? '');
  const words = `image: ${plainWords(token.content)}`;
  if (isInLink) return `${words} (${inlineCode(target)})`;
  return `${isWeb(target) ? '[' : '\\['}${words}${closing(target)}`;
}

/** Only the web is linked to. Relative addresses mean nothing where an export is read, and other schemes are programs. */
const isWeb = (target: string) => /^https?:\/\/[^\s<>()[\]\\`]/i.test(target);

/** Addresses are percent-encoded by the parser, but for parentheses and what an entity begins with. */
function closing(target: string): string {
  if (!isWeb(target)) return `\\] (${inlineCode(target)})`;
  const safe = target.replace(/[\\<>`|[\]\s!$*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `](${safe.replace(/[()]/g, '\\$&').replace(/&(?=[#a-z])/gi, '&amp;')})`;
}

/** Only names that colour code; a viewer runs or draws some others (mermaid, math, queries). */
const LANGUAGES = new Set(
  'bash c cpp cs css diff go html java js json jsx kotlin lua md php py python rb rs ruby rust sh sql svelte swift text toml ts tsx xml yaml'.split(
    ' ',
  ),
);

/** What else its first line says stands before it, as words. */
function codeBlock({ info, content }: Token): string {
  const said = info.trim();
  const name = said.split(/\s/)[0]!.toLowerCase();
  const block = fenced(content, LANGUAGES.has(name) ? name : '');
  return said.toLowerCase() === name && (name === '' || LANGUAGES.has(name)) ? block : `${plainLine(said)}\n\n${block}`;
}
