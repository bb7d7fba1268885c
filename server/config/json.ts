/** JSON as RFC 8259 has it, and stricter: no key twice, no prototype keys, bounded depth; each part knows its place. */
import { LIMITS } from '../../shared/limits.ts';
import { show } from './problems.ts';
import { SyntaxProblem, type Place, type Placed, placeKey } from './place.ts';

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;

/** Throws a SyntaxProblem. Objects have no prototype, so that no key can mean anything but itself. */
export function parseJson(text: string): Placed {
  const reader = new Reader(text);
  const value = reader.value([], 0);
  reader.end();
  return { value, places: reader.places };
}

class Reader {
  readonly places = new Map<string, Place>();
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(path: readonly PropertyKey[], key: number): unknown {
    if (path.length > LIMITS.jsonDepth.value) throw this.problem(`nesting deeper than ${LIMITS.jsonDepth.value}`);
    this.space();
    this.places.set(placeKey(path), { key: path.length === 0 ? this.at : key, value: this.at });
    const next = this.text[this.at];
    if (next === '{') return this.object(path);
    if (next === '[') return this.array(path);
    if (next === '"') return this.string();
    return this.scalar();
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.problem(`${this.came()} after the end of the value`);
  }

  private object(path: readonly PropertyKey[]): unknown {
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.at += 1;
    if (this.closes('}')) return object;
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text[start] !== '"') throw this.expected('a key in double quotes');
      const key = this.string();
      if (UNSAFE.has(key)) throw this.problem(`the key ${show(key)}, which no setting is called`, start);
      if (Object.hasOwn(object, key)) throw this.problem(`the key ${show(key)} a second time`, start);
      this.take(':');
      object[key] = this.value([...path, key], start);
      if (this.closes('}')) return object;
      this.take(',');
    }
  }

  private array(path: readonly PropertyKey[]): unknown {
    const array: unknown[] = [];
    this.at += 1;
    if (this.closes(']')) return array;
    for (;;) {
      this.space();
      array.push(this.value([...path, array.length], this.at));
      if (this.closes(']')) return array;
      this.take(',');
    }
  }

  private string(): string {
    const start = this.at;
    for (let i = start + 1; i < this.text.length; i++) {
      if (this.text[i] === '\\') i += 1;
      else if (this.text[i] === '"') {
        this.at = i + 1;
        return this.decoded(start);
      }
    }
    throw this.problem('a string without its closing quote', start);
  }

  private decoded(start: number): string {
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string; // a quoted slice can only be a string
    } catch {
      throw this.problem('a string with a bad escape or a raw control character', start);
    }
  }

  private scalar(): unknown {
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined) throw this.expected('a value');
    this.at += found.length;
    return Number(found);
  }

  private closes(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private take(mark: string): void {
    this.space();
    if (this.text[this.at] !== mark) throw this.expected(`\`${mark}\``);
    this.at += 1;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private came(): string {
    const next = this.text[this.at];
    return next === undefined ? 'the end of the file' : JSON.stringify(next);
  }

  private expected(what: string): SyntaxProblem {
    return new SyntaxProblem(`expected ${what}, came ${this.came()}`, this.at);
  }

  private problem(came: string, at = this.at): SyntaxProblem {
    return new SyntaxProblem(`did not expect ${came}`, at);
  }
}
