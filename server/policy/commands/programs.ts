/** Every program of which something is known, by its name. */
import { BUILTINS } from './data/builtins.ts';
import { FILES } from './data/files.ts';
import { GIT } from './data/git.ts';
import { LANGUAGES } from './data/languages.ts';
import { NETWORK } from './data/network.ts';
import { PACKAGES } from './data/packages.ts';
import { SYSTEM } from './data/system.ts';
import { TEXT } from './data/text.ts';
import { WRITERS } from './data/writers.ts';
import type { SpecTable, SpecText } from './spec.ts';

/** Keys name one program, or several that take the same words. */
const TABLES: readonly SpecTable[] = [
  ...[FILES, TEXT, SYSTEM].map(tellingOfThemselves),
  WRITERS,
  GIT,
  PACKAGES,
  LANGUAGES,
  NETWORK,
];

/** What only reads may be asked how it is called, and which it is. */
function tellingOfThemselves(table: SpecTable): SpecTable {
  const told = '--help --version';
  return Object.fromEntries(
    Object.entries(table).map(([names, spec]) => [names, spec.asks?.[''] ? spec : { told, ...spec }]),
  );
}

const byName = (tables: readonly SpecTable[]) =>
  new Map(
    tables.flatMap((table) =>
      Object.entries(table).flatMap(([names, spec]) => names.split(' ').map((name) => [name, spec] as const)),
    ),
  );

const PROGRAMS = byName(TABLES);
const SHELL = byName([BUILTINS]);

export const specOf = (name: string): SpecText | undefined => PROGRAMS.get(name);

/** What the shell itself does under a name, whatever programs there are. */
export const builtinOf = (name: string): SpecText | undefined => SHELL.get(name);

export const KNOWN_PROGRAMS: ReadonlyMap<string, SpecText> = PROGRAMS;

export const BUILTIN_PROGRAMS: ReadonlyMap<string, SpecText> = SHELL;
