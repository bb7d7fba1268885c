/** Which command of a script is known to the letter before it runs: only such a one can a standing rule be made from, or hold for. */
import { type Arg, type Simple } from './shell/script.ts';
import type { Exact } from './standing.ts';
import type { World } from './world.ts';

interface Around {
  world: World;
}

/** Null where a word, the place, the input or the output of it is not written down. */
export function exactOf(simple: Simple, { world }: Around): Exact | null {
  const { args, assigns, redirects, cwds, feed, isFed, isFunction } = simple;
  if (assigns.length > 0 || isFed || feed !== null || isFunction || cwds?.length !== 1) return null;
  if (!redirects.every(isHarmless)) return null;
  const words = args.flatMap((arg) => (arg.kind === 'text' ? [arg.text] : []));
  const [name] = words;
  if (name === undefined || name === '' || words.length < args.length || words.some((word) => HIDDEN.test(word)))
    return null;
  const cwd = cwds[0]!;
  const found = world.program(name, cwd);
  if (found.kind === 'stray') return null;
  if (found.kind === 'workspace') return { words, cwd, program: 'workspace', path: found.path };
  return { words, cwd, program: 'machine', path: '' };
}

/** Its output may go where nothing is kept, or to another descriptor; its input comes from nowhere else than usual. */
function isHarmless({ kind, target }: Simple['redirects'][number]): boolean {
  if (target.kind !== 'text') return false;
  if (kind === 'text') return /^[12]$/.test(target.text);
  return kind === 'write' && target.text === '/dev/null';
}

const HIDDEN = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\uFFFD/u;

/** What it leaves behind in the shell (variables, descriptors, limits, meanings of names) could change what comes after it. */
export function leavesOthersAlone({ args, assigns }: Simple): boolean {
  if (assigns.length > 0) return false;
  return args.length > 0 && !LASTING.has(nameOf(args[0]!));
}

const nameOf = (arg: Arg): string => (arg.kind === 'text' ? arg.text : '');

const LASTING: ReadonlySet<string> = new Set(
  'export declare typeset readonly local unset set shopt hash exec ulimit umask read mapfile readarray getopts printf'.split(
    ' ',
  ),
);
