/** What a path is, before anything is opened: relative to the workspace and inside it, or refused with the reason. */
import { LIMITS } from '../../shared/limits.ts';
import { visible } from './visible.ts';

export interface Refusal {
  ok: false;
  /**
   * `bad_path`: not a path we take · `outside`: leads out of the workspace · `not_found` · `not_a_file` · `not_a_directory` ·
   * `link`: a symbolic link where none is followed · `too_large` · `permission` · `io`: the system's own words are in the message.
   */
  code:
    | 'bad_path'
    | 'outside'
    | 'not_found'
    | 'not_a_file'
    | 'not_a_directory'
    | 'link'
    | 'too_large'
    | 'permission'
    | 'io';
  message: string;
}

export type Parsed = { ok: true; path: string } | Refusal;

export const refuse = (code: Refusal['code'], message: string): Refusal => ({ ok: false, code, message });

/**
 * Reads a path as a model or a person wrote it: relative to the workspace, or absolute and inside `root` (the workspace's real
 * path). Answers it relative, with `/` between names and without `.`, `..` and doubled slashes; `.` for the root itself.
 * Nothing is decoded: `%2e` is a name. Links are not looked at here; server/base/contained.ts follows or refuses them.
 */
export function parsePath(raw: string, root: string): Parsed {
  const shown = visible(raw);
  const unusable = unusableText(raw, shown);
  if (unusable !== '') return refuse('bad_path', unusable);
  const inside = raw.startsWith('/') ? belowRoot(raw, root) : raw;
  if (inside === null) return refuse('outside', `${shown} is outside the workspace. ${HOW}`);
  const names = normal(inside);
  // Both as written and as it would be taken, so that what is answered is taken again as it is.
  const foreign = foreignForm(raw) || foreignForm(names?.join('/') ?? '');
  if (foreign !== '') return refuse('outside', `${shown} is ${foreign}. ${HOW}`);
  if (names === null) return refuse('outside', `${shown} leads out of the workspace. ${HOW}`);
  const tooMuch = overLimit(names, shown);
  return tooMuch === '' ? { ok: true, path: names.join('/') || '.' } : refuse('bad_path', tooMuch);
}

const HOW = 'Paths are relative to the workspace, with / between names.';

function unusableText(raw: string, shown: string): string {
  if (raw.includes('\0')) return `The path ${shown} holds a NUL, which no path can. Send it without.`;
  if (/\p{Cs}/u.test(raw)) return `The path ${shown} is not valid Unicode. Send the name as it is listed.`;
  const bytes = Buffer.byteLength(raw);
  const max = LIMITS.pathBytes.value;
  return bytes > max ? `The path is ${bytes} bytes long; at most ${max} are taken.` : '';
}

/** Forms that other systems and shells give a meaning; taken literally they would only mislead. */
function foreignForm(raw: string): string {
  if (raw.startsWith('\\')) return 'a Windows network or device path';
  if (/^[A-Za-z]:[\\/]/.test(raw)) return 'a Windows path';
  if (/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(raw)) return 'a URL';
  if (raw === '~' || raw.startsWith('~/')) return 'in a home directory; ~ is not expanded';
  return raw.split(/[\\/]/).includes('..') && raw.includes('\\') ? 'a Windows path that climbs' : '';
}

/** What stands below the root in an absolute path, or null. `..` is taken off first, so `/root/../etc` is not below `/root`. */
function belowRoot(raw: string, root: string): string | null {
  const names = normal(raw);
  if (names === null) return null;
  const base = normal(root) ?? [];
  return base.every((name, i) => names[i] === name) ? names.slice(base.length).join('/') : null;
}

/** The names of a path, or null where `..` climbs above its start. */
function normal(path: string): string[] | null {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return null;
  }
  return names;
}

function overLimit(names: string[], shown: string): string {
  const depth = LIMITS.pathDepth.value;
  if (names.length > depth) return `The path has ${names.length} folders; at most ${depth} are taken.`;
  const max = LIMITS.nameBytes.value;
  const long = names.find((name) => Buffer.byteLength(name) > max);
  return long === undefined ? '' : `A name in ${shown} is longer than ${max} bytes, which no file system takes.`;
}
