/** A script as its judge sees it: simple commands, each with what is known of its words, and what nobody can say. */

/** One word of a command. */
export type Arg =
  | { kind: 'text'; text: string }
  /** One of these at a time: the variable of a loop. */
  | { kind: 'oneOf'; texts: readonly string[] }
  /** A pattern (server/base/glob.ts) for which bash puts the names that fit; `text` is what stands where none does. */
  | { kind: 'glob'; pattern: string; text: string }
  /**
   * Known only in its beginning. `single`: one word whatever it holds. `secret`: the variable whose name says that it holds one;
   * empty for none.
   */
  | { kind: 'unknown'; start: string; single: boolean; secret: string }
  /** One or more of the paths that another program finds below these: `find -exec`, `rg -l | xargs`. */
  | Found
  /** `<(…)` or `>(…)`: what is in the brackets is judged for itself. */
  | { kind: 'pipe'; direction: '<' | '>' };

export interface Found {
  kind: 'found';
  roots: readonly Arg[];
  filter: Filter;
  /** At blanks, quotes and line breaks: one path can become several words. */
  isParted: boolean;
  /** The names of a folder stand there without `./` before them: one could be a flag. */
  isBare: boolean;
  /** Where the roots are looked for; null: where the command runs. */
  from: string | null;
}

/** Which of what lies below a folder a program leaves out, by its own flags. */
export interface Filter {
  /** The last one that fits a name decides. */
  choices: readonly Choice[];
  /** What is done with a name that none of them fits. */
  otherwise: boolean;
  excludeFolders: readonly string[];
  /** Hidden names are passed over. */
  noHidden: boolean;
  /** Only what git tracks. */
  isTracked: boolean;
  follows: boolean;
}

/** A pattern (server/base/glob.ts) for names, and whether what fits it is taken or left out. */
export interface Choice {
  glob: string;
  take: boolean;
}

export const NO_FILTER: Filter = {
  choices: [],
  otherwise: true,
  excludeFolders: [],
  noHidden: false,
  isTracked: false,
  follows: false,
};

export interface Assignment {
  name: string;
  value: Arg;
  /** What must be asked for, and why; empty where nothing must. */
  why: string;
}

export interface Redirect {
  /** `open`: a name that bash opens for both, or a descriptor that it chooses. */
  kind: 'read' | 'write' | 'text' | 'open';
  target: Arg;
}

export interface Simple {
  /** The name first. Empty: assignments and redirections alone. */
  args: readonly Arg[];
  assigns: readonly Assignment[];
  redirects: readonly Redirect[];
  /** Where it may run, relative to the workspace; null where nobody knows. */
  cwds: readonly string[] | null;
  /** The command whose output it reads; null where that is no simple command, or none. */
  feed: Simple | null;
  /** Its input is a pipe, of whatever kind. */
  isFed: boolean;
  /** As written. */
  source: string;
  /** A call of a function that this script defines: what it does was judged there. */
  isFunction: boolean;
}

export interface Walked {
  commands: Simple[];
  /** Why it could not be read to its end; empty where it could. */
  problems: string[];
  /** The names of those that it defines. */
  functions: string[];
  /** Simple commands one after the other, in groups and pipes at most: what each reads as its input is to be seen in it. */
  isPlain: boolean;
}

export const text = (value: string): Arg => ({ kind: 'text', text: value });
export const unknown = (start = '', single = false): Arg => ({ kind: 'unknown', start, single, secret: '' });

/** What it can be, where that is known. */
export function textsOf(arg: Arg): readonly string[] | null {
  if (arg.kind === 'text') return [arg.text];
  return arg.kind === 'oneOf' ? arg.texts : null;
}

/** As a person would read it. */
export function shownArg(arg: Arg): string {
  switch (arg.kind) {
    case 'text':
    case 'glob':
      return arg.text;
    case 'oneOf':
      return arg.texts.length === 1 ? arg.texts[0]! : `${arg.texts[0] ?? ''}…`;
    case 'unknown':
      return `${arg.start}…`;
    case 'found':
      return '{}';
    case 'pipe':
      return `${arg.direction}(…)`;
  }
}
