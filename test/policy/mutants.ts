/** The judge with one thing that it knows left out: each must be noticed by a case. */
import { BUILTIN_PROGRAMS, KNOWN_PROGRAMS } from '../../server/policy/commands/programs.ts';
import { compiled, type FlagSpec, type Role, type SpecText } from '../../server/policy/commands/spec.ts';
import { WRAPPERS } from '../../server/policy/commands/data/wrappers.ts';

export interface Mutant {
  /** What it has forgotten. */
  name: string;
  /** Names of programs of which that was known: cases that have one of them are tried. None: all. */
  programs: readonly string[];
  /** In this mode; only a floor is left in `contained`. */
  mode: 'ask' | 'contained';
  /** Forgets it. Answers how to remember. */
  apply(): () => void;
}

/** Of each program: what is asked for, what each of its words is, and what else is looked at. What several share is forgotten once, for all of them. */
export function dataMutants(): Mutant[] {
  const found = new Map<string, Mutant>();
  for (const [spec, names] of programs()) add(found, spec, { name: names.join(' '), words: names });
  return [...found.values()];
}

function programs(): Map<SpecText, string[]> {
  const names = new Map<SpecText, string[]>();
  const wrapped = Object.entries(WRAPPERS).map(([name, { spec }]) => [name, spec] as const);
  for (const [name, spec] of [...KNOWN_PROGRAMS, ...BUILTIN_PROGRAMS, ...wrapped])
    names.set(spec, [...(names.get(spec) ?? []), name]);
  return names;
}

function add(
  found: Map<string, Mutant>,
  spec: SpecText,
  { name, words }: { name: string; words: readonly string[] },
): void {
  const of = spec.check === 'log' ? 'git log' : name;
  const keep = (what: string, apply: Mutant['apply'], mode: Mutant['mode'] = 'ask') => {
    const key = `${of}: ${what}`;
    if (!found.has(key)) found.set(key, { name: key, programs: words, mode, apply });
  };
  const { flags, subs } = compiled(spec);
  if (spec.asks?.[''])
    keep('asks', () =>
      all([forgetsAsk(spec, ''), forgetsKey(spec, 'scatters'), forgetsKey(spec, 'check'), operandsAsText(spec)]),
    );
  if (spec.scatters) keep('scatters', () => forgetsKey(spec, 'scatters'), 'contained');
  for (const flag of Object.keys(spec.asks ?? {}))
    if (flag !== '' && !spec.asks![''])
      keep(flag, () => all([forgetsAsk(spec, flag), ...(spec.check === 'listing' ? [forgetsKey(spec, 'check')] : [])]));
  if (spec.asks?.['']) return;
  // What writes asks whatever else it does.
  if (spec.args?.includes('write')) return;
  for (const [flag, { value }] of flags) if (isPath(value)) keep(`${flag} ${value}`, () => asText(flags, flag));
  if (/read|write|rev|list/.test(spec.args ?? '')) keep(spec.args!, () => operandsAsText(spec));
  for (const key of ['unless', 'isRepository', 'recursion', 'check', 'below'] as const)
    if (spec[key] !== undefined) keep(key, () => forgetsKey(spec, key));
  const inner = new Map<SpecText, string[]>();
  for (const [sub, one] of subs ?? []) inner.set(one, [...(inner.get(one) ?? []), sub]);
  for (const [one, names] of inner)
    if (one !== spec) add(found, one, { name: `${words[0]} ${names.join('|')}`, words });
}

const all = (undo: readonly (() => void)[]) => () => undo.forEach((one) => one());

const isPath = (role: FlagSpec['value']): boolean => ['read', 'write', 'rev', 'list'].includes(role);

function without<T extends object>(record: T, key: string): () => void {
  if (!Object.hasOwn(record, key)) return () => {};
  const kept: unknown = Reflect.get(record, key);
  Reflect.deleteProperty(record, key);
  return () => void Reflect.set(record, key, kept);
}

function forgetsAsk(spec: SpecText, flag: string): () => void {
  compiled(spec); // the flag stays known: only what is said of it goes
  return without(spec.asks!, flag);
}

function asText(flags: ReadonlyMap<string, FlagSpec>, flag: string): () => void {
  const known = flags as Map<string, FlagSpec>; // it is one, and nobody else changes it meanwhile
  const kept = known.get(flag)!;
  known.set(flag, { ...kept, value: 'text' });
  return () => void known.set(flag, kept);
}

function operandsAsText(spec: SpecText): () => void {
  const made = compiled(spec);
  const { first, rest, last } = made;
  const text = (role: Role | null) => (role === null ? null : ('text' as const));
  Object.assign(made, { first: first.map(text), rest: text(rest), last: text(last) });
  return () => void Object.assign(made, { first, rest, last });
}

function forgetsKey(spec: SpecText, key: keyof SpecText): () => void {
  const made = compiled(spec);
  const { recursion } = made;
  if (key !== 'recursion') return without(spec, key);
  Object.assign(made, { recursion: null });
  return () => void Object.assign(made, { recursion });
}
