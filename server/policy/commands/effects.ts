/** What a command would do, as far as its words say. */
import type { Arg, Filter } from '../shell/script.ts';
import type { Cause } from './spec.ts';

export type Effect =
  | { kind: 'read'; path: Arg; below: Filter | null }
  | { kind: 'list'; path: Arg }
  | { kind: 'write'; path: Arg; into: Arg | null }
  /** `below`: what it names is searched, where that is a folder, or a commit. */
  | { kind: 'rev'; path: Arg; below: Filter | null }
  /** Files of names that cannot be told beforehand. */
  | { kind: 'scatter'; why: string }
  | { kind: 'ask'; cause: Cause; why: string }
  /** Not understood: a flag, an operand too many, a word of which too little is known. */
  | { kind: 'unclear'; why: string };

/** A flag as it was given; null where it has no value. */
export interface Given {
  flag: string;
  value: Arg | null;
}
