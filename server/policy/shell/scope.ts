/** What stands around a word: its variables, and who takes note of what is found in it. */
import type { ParsedScript, Word } from 'unbash';

export interface WordScope {
  /** What a variable can be; null where that is not known. */
  valueOf(name: string): readonly string[] | null;
  /** A variable that holds a number whenever it holds something. */
  isNumber(name: string): boolean;
  /** A script within the word: it runs as well. */
  enter(script: ParsedScript | undefined): void;
  /** A word within the word. */
  visit(word: Word): void;
  problem(why: string): void;
}
