/** Where a script stands: the folders that it may be in after each command. */
import type { World } from '../world.ts';
import type { Arg, Simple } from './script.ts';

/** Relative to the workspace; none: this is never reached; null: nobody knows. */
export type Cwds = readonly string[] | null;

/** Where it stands when a command succeeded, and when it failed. */
export interface Flow {
  ok: Cwds;
  fail: Cwds;
}

export const steady = (cwds: Cwds): Flow => ({ ok: cwds, fail: cwds });

/** More than so many ways are not told apart. */
const MOST_FOLDERS = 4;

export function either({ ok, fail }: Flow): Cwds {
  if (ok === fail) return ok;
  if (ok === null || fail === null) return null;
  const all = [...new Set([...ok, ...fail])];
  return all.length > MOST_FOLDERS ? null : all;
}

const MOVERS = new Set(['cd', 'pushd', 'popd']);

/** `command cd` moves the shell as well; what else could is not inspectable. */
export function isCd({ args }: Simple): boolean {
  const [first, second] = args;
  const name = first?.kind === 'text' ? first.text : '';
  if (name !== 'command' && name !== 'builtin') return MOVERS.has(name);
  return second?.kind !== 'text' || MOVERS.has(second.text) || second.text.startsWith('-');
}

/** A link on the way would make `..` ambiguous: programs and the shell then disagree on it. */
export function changeFolder(world: World, cwds: Cwds, args: readonly Arg[]): Flow {
  const words = args.slice(1).filter((arg) => arg.kind !== 'text' || arg.text !== '--');
  const [target] = words;
  const isPlain = args[0]?.kind === 'text' && args[0].text === 'cd' && words.length === 1 && target?.kind === 'text';
  if (cwds === null || !isPlain || target.text === '' || target.text.startsWith('-')) return steady(null);
  const moved: string[] = [];
  let canFail = false;
  for (const cwd of cwds) {
    const found = world.entry(cwd, target.text);
    if (found.at !== 'inside') return steady(null);
    if (found.kind === 'absent' || found.kind === 'file' || found.kind === 'other') {
      canFail = true;
      if (found.kind === 'absent') moved.push(found.path);
      continue;
    }
    if (!target.text.startsWith('/') && found.path !== plain(cwd, target.text)) return steady(null);
    moved.push(found.path);
  }
  return { ok: moved, fail: canFail ? cwds : [] };
}

/** Where it would lead if no name on the way were a link. */
function plain(cwd: string, path: string): string {
  const names: string[] = [];
  for (const name of `${cwd}/${path}`.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return names.join('/') || '.';
}
