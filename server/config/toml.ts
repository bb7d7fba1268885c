/** TOML by smol-toml; and, since that keeps no places, a second look at the same valid text that finds each key's. */
import { parse, TomlError } from 'smol-toml';
import { LIMITS } from '../../shared/limits.ts';
import { type Place, type Placed, placeKey, SyntaxProblem } from './place.ts';

/** Throws a SyntaxProblem. */
export function parseToml(text: string): Placed {
  try {
    const value = parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: LIMITS.jsonDepth.value });
    return { value, places: new Scanner(text).scan() };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const said = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw new SyntaxProblem(said, offsetOf(text, error.line, error.column));
  }
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf('\n', start) + 1;
  return Math.min(start + column - 1, text.length);
}

const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const BARE = /[^\s.=\]#,}"']+/y;
const SCALAR = /[^,\]}#\n]*/y;
const STRINGS = [
  /"""[^]*?(?<!\\)(?:\\\\)*"""(?:"{1,2}(?!"))?/y,
  /'''[^]*?'''(?:'{1,2}(?!'))?/y,
  /"(?:[^"\\]|\\.)*"/y,
  /'[^']*'/y,
];

/** Takes for granted that the text is valid: it has just been parsed. */
class Scanner {
  private readonly places = new Map<string, Place>([[placeKey([]), { key: 0, value: 0 }]]);
  private readonly tables = new Map<string, number>();
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  scan(): Map<string, Place> {
    let table: PropertyKey[] = [];
    for (this.eat(BLANK); this.at < this.text.length; this.eat(BLANK)) {
      if (this.text[this.at] === '[') table = this.header();
      else this.pair(table);
    }
    return this.places;
  }

  private header(): PropertyKey[] {
    const start = this.at;
    const isList = this.text.startsWith('[[', this.at);
    this.at += isList ? 2 : 1;
    const keys = this.dottedKey();
    this.at = this.text.indexOf(']', this.at) + (isList ? 2 : 1);
    let path: PropertyKey[] = [];
    keys.forEach((key, i) => {
      path = [...path, key];
      const inList = this.tables.get(placeKey(path));
      if (isList && i === keys.length - 1) {
        const index = inList === undefined ? 0 : inList + 1;
        this.tables.set(placeKey(path), index);
        this.note(path, start, start);
        path = [...path, index];
      } else if (inList !== undefined) path = [...path, inList];
      this.note(path, start, start);
    });
    return path;
  }

  private pair(table: readonly PropertyKey[]): void {
    this.eat(BLANK);
    const start = this.at;
    const keys = this.dottedKey();
    this.at = this.text.indexOf('=', this.at) + 1;
    this.eat(/[ \t]*/y);
    keys.forEach((_key, i) => this.note([...table, ...keys.slice(0, i + 1)], start, this.at));
    this.value([...table, ...keys]);
  }

  private value(path: readonly PropertyKey[]): void {
    const next = this.text[this.at];
    if (next === '[') return this.list(path);
    if (next === '{') return this.inlineTable(path);
    if (!this.string()) this.eat(SCALAR);
  }

  private list(path: readonly PropertyKey[]): void {
    this.at += 1;
    for (let index = 0; !this.closes(']'); index++) {
      this.note([...path, index], this.at, this.at);
      this.value([...path, index]);
    }
  }

  private inlineTable(path: readonly PropertyKey[]): void {
    this.at += 1;
    while (!this.closes('}')) this.pair(path);
  }

  /** Passes over blanks and a comma; true past the closing mark. */
  private closes(mark: string): boolean {
    this.eat(BLANK);
    if (this.text[this.at] === ',') this.at += 1;
    this.eat(BLANK);
    if (this.text[this.at] !== mark && this.at < this.text.length) return false;
    this.at += 1;
    return true;
  }

  private dottedKey(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.eat(/[ \t]*/y);
      const start = this.at;
      if (this.string()) keys.push(...Object.keys(parse(`${this.text.slice(start, this.at)} = 1`)));
      else keys.push(this.eat(BARE));
      this.eat(/[ \t]*/y);
      if (this.text[this.at] !== '.') return keys;
      this.at += 1;
    }
  }

  private string(): boolean {
    return STRINGS.some((pattern) => this.eat(pattern) !== '');
  }

  private eat(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** The first place of a table that is written in parts is its place. */
  private note(path: readonly PropertyKey[], key: number, value: number): void {
    if (!this.places.has(placeKey(path))) this.places.set(placeKey(path), { key, value });
  }
}
