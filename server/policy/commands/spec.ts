/** What is known of a program: its flags and operands as data, and what each of them means to the workspace. */

/**
 * What a word is to its program. `text`: neither read nor written, whatever it says. `read`: a file whose content it shows.
 * `list`: a path of which it tells the name, the size and the like. `write`: a path that it changes. `rev`: a commit, or a path,
 * or both as `HEAD:path`. `plain`: a word of letters, digits and `-_./:=,+@%`, known as it stands.
 */
export type Role = 'text' | 'read' | 'list' | 'write' | 'rev' | 'plain';
const ROLES: readonly string[] = ['text', 'read', 'list', 'write', 'rev', 'plain'];

/** Why it is asked for. `runs`: other code than its own; `fetches`: a network; `writes`, `system`: this machine beyond the workspace. */
export type Cause = 'runs' | 'fetches' | 'writes' | 'system' | 'tells';

/** How a program that reads all below a folder is told to, and what it leaves out. */
export interface Recursion {
  /** Flags that switch it on; none: it always does. */
  flags: readonly string[];
  /** Flags with which it follows links below; `always` stands for all of them. */
  follow: readonly string[];
  /** Passes over hidden names unless one of these flags stands. Empty: it never does. */
  hidden: readonly string[];
  /** Only what git has in its index. */
  isTracked: boolean;
}

/** As written in the tables. Every word of `flags`: `-n`, `--name`; then `:ROLE` or `=ROLE` for a value, `=ROLE,ROLE` for two, `?` for one after `=` only. */
export interface SpecText {
  /** Operands in their order: roles, the last one perhaps with `*`; `read* write` is any number and a last one. */
  args?: string;
  flags?: string;
  /** Flags, or the program as a whole under `''`, that are asked for, with the reason. */
  asks?: Readonly<Record<string, readonly [Cause, string]>>;
  /** Flags that put the first operand's role on their value: `grep -e`. */
  instead?: string;
  /** The operand where there is none. */
  none?: 'read .' | 'list .';
  /** `-5` is a count. */
  counts?: boolean;
  /** `-name` is one flag and not four. */
  words?: boolean;
  /** No word is a flag: echo. */
  raw?: boolean;
  /** Behind its first operand no word is a flag. */
  ordered?: boolean;
  /** The first word may be flags without their dash: `tar tf`. */
  bundles?: boolean;
  /** Words with each of which, alone, it only tells of itself. */
  told?: string;
  recursion?: Partial<Recursion>;
  /** Folders among its operands are read with all that is in them. */
  below?: boolean;
  /** The first operand names one of these; `''` is for none. */
  subs?: Readonly<Record<string, SpecText>>;
  /** Where the first word names none of them, all words are for `''`. */
  isOpen?: boolean;
  /** What must not stand in the workspace: it would be obeyed. */
  unless?: readonly string[];
  /** It obeys the repository that it finds itself in. */
  isRepository?: boolean;
  /** A look at its words that no table can say. */
  check?: string;
  /** What it writes lies in the folder given last as well: cp, mv. */
  into?: boolean;
  /** Files of names that cannot be told beforehand. */
  scatters?: boolean;
}

export type SpecTable = Readonly<Record<string, SpecText>>;

export interface FlagSpec {
  value: Role | 'none' | 'optional';
  /** Words that it takes. */
  count: number;
}

export interface Spec {
  flags: ReadonlyMap<string, FlagSpec>;
  first: readonly Role[];
  rest: Role | null;
  last: Role | null;
  instead: ReadonlySet<string>;
  told: ReadonlySet<string>;
  subs: ReadonlyMap<string, SpecText> | null;
  text: SpecText;
  recursion: Recursion | null;
}

const COMPILED = new WeakMap<SpecText, Spec>();

export function compiled(text: SpecText): Spec {
  const known = COMPILED.get(text);
  if (known) return known;
  const made = compile(text);
  COMPILED.set(text, made);
  return made;
}

function compile(text: SpecText): Spec {
  const flags = new Map<string, FlagSpec>();
  for (const word of (text.flags ?? '').split(/\s+/)) {
    if (word === '') continue;
    const found = /^(--?[^\s:=?]+|-\?)(?:(\?)|[:=](\w*)(,\w+)?)?$/.exec(word);
    if (!found) throw new Error(`a flag that cannot be read: ${word}`);
    const [, name, optional, role, second] = found;
    const value = optional ? 'optional' : role === undefined ? 'none' : roleOf(role || 'text');
    flags.set(name!, { value, count: second === undefined ? 1 : 2 });
  }
  for (const flag of Object.keys(text.asks ?? {}))
    if (flag !== '' && !flags.has(flag)) flags.set(flag, { value: 'none', count: 0 });
  const roles = (text.args ?? '').split(/\s+/).filter((word) => word !== '');
  const many = roles.findIndex((role) => role.endsWith('*'));
  const first = many < 0 ? roles : roles.slice(0, many);
  return {
    flags,
    first: first.map(roleOf),
    rest: many < 0 ? null : roleOf(roles[many]!.slice(0, -1)),
    last: many >= 0 && roles[many + 1] !== undefined ? roleOf(roles[many + 1]!) : null,
    instead: setOf(text.instead),
    told: setOf(text.told),
    subs: text.subs ? new Map(Object.entries(text.subs)) : null,
    text,
    recursion: text.recursion ? { flags: [], follow: [], hidden: [], isTracked: false, ...text.recursion } : null,
  };
}

const setOf = (words = ''): ReadonlySet<string> => new Set(words.split(/\s+/).filter((word) => word !== ''));

function roleOf(word: string): Role {
  if (!ROLES.includes(word)) throw new Error(`no role is called ${word}`);
  return word as Role; // it is in the list
}
