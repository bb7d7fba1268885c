/** Which names a program that reads all below a folder leaves out, by its own flags. */
import { bracedIn } from '../shell/braces.ts';
import type { Choice, Filter } from '../shell/script.ts';
import type { Given } from './effects.ts';
import type { Recursion } from './spec.ts';

export function filterOf(given: readonly Given[], { hidden, follow, isTracked }: Recursion): Filter {
  const has = (flags: readonly string[]) => given.some(({ flag }) => flags.includes(flag));
  const globs = given.flatMap((one) => globChoices(one));
  const types = typesOf(given);
  const isNarrowed = types.length > 0 || globs.some(({ take }) => take);
  const names = given.flatMap((one) => nameChoices(one));
  return {
    // A glob is asked before a type is, and of several the last one counts.
    choices: [...types, ...globs, ...names],
    otherwise: !isNarrowed && names[0]?.take !== true,
    excludeFolders: given.flatMap(({ flag, value }) =>
      flag === '--exclude-dir' && value?.kind === 'text' ? [value.text] : [],
    ),
    // What a glob or a type asks for is looked into although it is hidden.
    noHidden: hidden.length > 0 && !has(hidden) && !has(['-t', '--type', '--iglob']) && !globs.some(({ take }) => take),
    isTracked,
    follows: has(follow),
  };
}

/** Only what fits one of these names. */
export const onlyNames = (globs: readonly string[]): Pick<Filter, 'choices' | 'otherwise'> => ({
  choices: globs.map((glob) => ({ glob, take: true })),
  otherwise: globs.length === 0,
});

/** rg: `-g GLOB`, and with a `!` what it leaves out. */
function globChoices({ flag, value }: Given): Choice[] {
  if ((flag !== '-g' && flag !== '--glob') || value === null) return [];
  if (value.kind !== 'text') return [{ glob: '*', take: true }];
  const take = !value.text.startsWith('!');
  const glob = take ? value.text : value.text.slice(1);
  return (bracedIn(glob, 64) ?? (take ? ['*'] : [])).map((one) => ({ glob: one, take }));
}

/** grep: each file by its last name; where none fits, the first of them says what is meant. */
function nameChoices({ flag, value }: Given): Choice[] {
  const take = flag === '--include';
  if ((!take && flag !== '--exclude') || value === null) return [];
  return [{ glob: value.kind === 'text' ? value.text : take ? '*' : '', take }];
}

/** The types of programs' sources: none of them is called as a secret is. */
function typesOf(given: readonly Given[]): Choice[] {
  const all = given.flatMap(({ flag, value }) =>
    (flag === '-t' || flag === '--type') && value !== null ? [value.kind === 'text' ? value.text : ''] : [],
  );
  return all.map((type) => ({ glob: SOURCES.has(type) ? `*.${type}` : '*', take: true }));
}

const SOURCES = new Set(
  'ts js py rust go java c cpp h css html svelte vue ruby php kotlin swift scala lua perl md sql'.split(' '),
);
