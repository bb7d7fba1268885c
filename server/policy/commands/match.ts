/** A command against the spec of its program: each word gets its role, and what has none is not understood. */
import { type Arg, type Filter, shownArg, text } from '../shell/script.ts';
import { CHECKS } from './checks.ts';
import type { Effect, Given } from './effects.ts';
import { filterOf } from './filter.ts';
import { compiled, type FlagSpec, type Role, type Spec, type SpecText } from './spec.ts';

/** `args` are the words after the name, patterns already filled in. */
export const effectsOf = (spec: SpecText, args: readonly Arg[], isFed: boolean): Effect[] =>
  wordsRead(spec, args, isFed).effects;

export interface WordsRead {
  effects: readonly Effect[];
  /** The flags as the program takes them: of `-0a x` both. Of a subcommand's own flags none. */
  given: readonly Given[];
}

export function wordsRead(spec: SpecText, args: readonly Arg[], isFed: boolean): WordsRead & { effects: Effect[] } {
  const reader = new Reader(compiled(spec), isFed);
  reader.read(args);
  return reader;
}

class Reader {
  readonly effects: Effect[] = [];
  private readonly operands: Arg[] = [];
  readonly given: Given[] = [];
  private readonly spec: Spec;
  private readonly isFed: boolean;

  constructor(spec: Spec, isFed: boolean) {
    this.spec = spec;
    this.isFed = isFed;
  }

  read(args: readonly Arg[]): void {
    const { text: spec } = this.spec;
    if (this.onlyTells(args)) return;
    if (spec.asks?.['']) this.ask(...spec.asks['']);
    if (spec.isOpen && !this.namesSub(args[0])) return void this.effects.push(...this.inner(spec.subs!['']!, args));
    this.tellSecrets(args);
    let i = 0;
    let isOpen = !spec.raw;
    while (i < args.length) {
      const arg = args[i++]!;
      if (isOpen && arg.kind === 'text' && arg.text === '--') isOpen = false;
      else if (isOpen && arg.kind === 'text' && /^-./.test(arg.text)) i += this.flag(arg.text, args, i);
      else if (i === 1 && spec.bundles && arg.kind === 'text' && /^[A-Za-z]+$/.test(arg.text))
        i += this.flag(`-${arg.text}`, args, i);
      else if (this.spec.subs && this.operands.length === 0) return this.sub(arg, args.slice(i));
      else if (this.isOperand(arg, isOpen)) {
        this.operands.push(arg);
        if (spec.ordered) isOpen = false;
      }
    }
    if (this.spec.subs) return this.sub(null, []);
    this.giveRoles();
    const check = spec.check === undefined ? undefined : CHECKS[spec.check];
    if (check) this.effects.push(...check(this.operands, this.given));
    if (spec.scatters)
      this.effects.push({ kind: 'scatter', why: 'It writes files whose names cannot be told beforehand.' });
  }

  /** Its version, or how it is called. */
  private onlyTells(args: readonly Arg[]): boolean {
    const [only] = args;
    return args.length === 1 && only?.kind === 'text' && this.spec.told.has(only.text);
  }

  private namesSub(arg: Arg | undefined): boolean {
    return arg?.kind === 'text' && arg.text !== '' && this.spec.subs?.has(arg.text) === true;
  }

  private inner(spec: SpecText, args: readonly Arg[]): readonly Effect[] {
    return effectsOf(spec, args, this.isFed);
  }

  /** A variable that by its name holds a secret must not be shown, in whatever place. */
  private tellSecrets(args: readonly Arg[]): void {
    const found = args.find((arg) => arg.kind === 'unknown' && arg.secret !== '');
    if (found?.kind === 'unknown')
      this.ask('tells', `It is given the value of ${found.secret}, which by its name is a secret.`);
  }

  private ask(cause: Extract<Effect, { kind: 'ask' }>['cause'], why: string): void {
    this.effects.push({ kind: 'ask', cause, why });
  }

  private unclear(why: string): void {
    this.effects.push({ kind: 'unclear', why });
  }

  private sub(arg: Arg | null, rest: readonly Arg[]): void {
    const name = arg === null ? '' : arg.kind === 'text' ? arg.text : null;
    const spec = name === null || name === '__proto__' ? undefined : this.spec.subs!.get(name);
    if (!spec)
      return this.unclear(
        name === null || name === '' ? 'It is not said what to do.' : `Nothing is known of \`${name}\`.`,
      );
    this.effects.push(...this.inner(spec, rest));
  }

  /** Answers how many of the words from `at` it took. */
  private flag(word: string, args: readonly Arg[], at: number): number {
    const { text: spec, flags } = this.spec;
    const next = args[at];
    if (spec.counts && /^-\d+$/.test(word)) return 0;
    if (spec.words || word.startsWith('--')) return this.long(word, args, at);
    for (let i = 1; i < word.length; i++) {
      const name = `-${word[i]!}`;
      const found = flags.get(name);
      if (!found) return this.noFlag(name, word);
      this.given.push({ flag: name, value: null });
      if (spec.asks?.[name]) this.ask(...spec.asks[name]);
      if (found.value === 'none') continue;
      const rest = word.slice(i + 1);
      if (found.value === 'optional' || rest !== '') return this.take(name, found, rest === '' ? null : text(rest));
      return this.takeNext(name, found, next);
    }
    return 0;
  }

  private long(word: string, args: readonly Arg[], next: number): number {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    const found = this.spec.flags.get(name);
    const asks = this.spec.text.asks?.[name];
    if (asks) this.ask(...asks);
    if (!found) return this.noFlag(name, word);
    this.given.push({ flag: name, value: null });
    if (at >= 0) {
      if (found.value === 'none' && !asks) this.unclear(`\`${name}\` takes no value.`);
      return this.take(name, found, text(word.slice(at + 1)));
    }
    if (found.value === 'none' || found.value === 'optional') return 0;
    for (let i = 0; i < found.count; i++) this.takeNext(name, found, args[next + i]);
    return found.count;
  }

  private noFlag(name: string, word: string): number {
    this.unclear(
      `Nothing is known of its flag \`${name.length < word.length && !name.startsWith('--') ? `${name} in ${word}` : name}\`.`,
    );
    return 0;
  }

  private takeNext(name: string, found: FlagSpec, next: Arg | undefined): number {
    if (next === undefined) this.unclear(`\`${name}\` is followed by nothing.`);
    else if (next.kind === 'unknown' && !next.single) this.unclear(`What follows \`${name}\` can be several words.`);
    else this.take(name, found, next);
    return 1;
  }

  private take(name: string, { value: role }: FlagSpec, value: Arg | null): number {
    if (value === null || role === 'none') return 0;
    this.given.push({ flag: name, value });
    this.effect(role === 'optional' ? 'text' : role, value);
    return 0;
  }

  /** A word that could begin with a dash could be any flag. */
  private isOperand(arg: Arg, isOpen: boolean): boolean {
    if (this.spec.text.raw) return true;
    if (arg.kind === 'unknown') {
      if (arg.single && (!isOpen || /^[^-]/.test(arg.start))) return true;
      this.unclear(`Nobody knows what \`${shownArg(arg)}\` will be when it runs.`);
      return false;
    }
    const texts = arg.kind === 'oneOf' ? arg.texts : [];
    if (!isOpen || !texts.some((one) => one.startsWith('-'))) return true;
    this.unclear('One of the words that it goes through begins with a dash, and would be a flag.');
    return false;
  }

  private giveRoles(): void {
    const { first, rest, last, instead, text: spec } = this.spec;
    const isReplaced = this.given.some(({ flag }) => instead.has(flag));
    const roles = isReplaced ? first.slice(1) : first;
    const count = this.operands.length;
    let paths = 0;
    this.operands.forEach((arg, i) => {
      const role =
        last !== null && i === count - 1 && i >= roles.length + (rest === null ? 0 : 1) ? last : (roles[i] ?? rest);
      if (role === null) return this.unclear(`\`${shownArg(arg)}\` is one word more than it takes.`);
      if (i >= roles.length || role === 'read' || role === 'list') paths++;
      this.effect(role, arg);
    });
    if (paths > 0 || spec.none === undefined) return;
    if (spec.none === 'list .') this.effects.push({ kind: 'list', path: text('.') });
    else if (this.isRecursive() && !(this.isFed && this.readsInput())) this.readBelow(text('.'));
  }

  private effect(role: Role, arg: Arg): void {
    switch (role) {
      case 'text':
        return;
      case 'plain':
        if (arg.kind !== 'text' || !/^[\w./:=,+@%-]*$/.test(arg.text))
          this.unclear(`\`${shownArg(arg)}\` is no plain word.`);
        return;
      case 'read':
        return this.readBelow(arg);
      case 'list':
        return void this.effects.push({ kind: role, path: arg });
      case 'rev':
        return void this.effects.push({ kind: role, path: arg, below: this.spec.text.below ? this.below() : null });
      case 'write':
        return void this.effects.push({
          kind: 'write',
          path: arg,
          into: this.spec.text.into ? (this.operands[0] ?? null) : null,
        });
    }
  }

  private readBelow(path: Arg): void {
    this.effects.push({ kind: 'read', path, below: this.below() });
  }

  private below(): Filter | null {
    const { recursion } = this.spec;
    return recursion !== null && this.isRecursive() ? filterOf(this.given, recursion) : null;
  }

  private isRecursive(): boolean {
    const { recursion } = this.spec;
    return recursion !== null && (recursion.flags.length === 0 || this.has(recursion.flags));
  }

  /** What looks below by itself looks at its input first, where that is a pipe. */
  private readsInput(): boolean {
    const { recursion } = this.spec;
    return recursion !== null && recursion.hidden.length > 0;
  }

  private has(flags: readonly string[]): boolean {
    return this.given.some(({ flag }) => flags.includes(flag));
  }
}
