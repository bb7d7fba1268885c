/** What a name in the workspace means to a confined command: hidden from it, held as it is, or git's own. */
import { foldName } from '../base/fold.ts';
import { classify, type PathRule } from '../policy/paths.ts';

/**
 * `git`: a `.git`, folder or file. `own`: settings and trust of this program. `auto`: something on this machine runs it or obeys
 * it without being asked. `held`: not changed by a command, yet not run here by itself. `secret`: unreadable. `told`: a program
 * that ordinary work changes, and that an editor loads; that there is a new one is told, and nothing else.
 */
export type Meaning = 'git' | 'own' | 'auto' | 'held' | 'secret' | 'told';

export interface Meant {
  meaning: Meaning;
  why: string;
  /** By a rule of the settings. */
  isPersons: boolean;
}

/**
 * `bare`: a folder that git takes as a repository though it is not called `.git`. `socket`: one that somebody may listen on.
 * `closed`: a folder that no look goes into, for its modes, its depth, its path or the number of its names; `failed`: one where
 * the system would not let us look.
 */
export interface Mark {
  /** Relative to the workspace. */
  path: string;
  meaning: Meaning | 'bare' | 'socket' | 'closed' | 'failed';
  kind: 'file' | 'directory' | 'link' | 'other';
  /** Device and inode, and where a link leads: another sign, another thing. */
  sign: string;
  why: string;
}

/** Rules of server/policy/paths-exec.ts whose names something on this machine runs or obeys without being asked. */
const AUTO = new Set([
  'exec.instructions',
  'exec.agent',
  'exec.editor',
  'exec.devcontainer',
  'exec.shell',
  'exec.hooks',
]);
/** These are read by a service elsewhere, or by git once it is told to: kept as they are, but a new one may come to be. */
const HELD = new Set(['exec.ci', 'exec.git']);
const TOLD = new Set(['exec.editor-loaded']);
/** Package managers take from these which programs to run; the rest of their rule (package.json …) is a build's to write. */
const MANAGERS = new Set(['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pnpmfile.mjs']);

/** In git's own folder only what the person calls sensitive is hidden: git must be able to read the rest. */
export const secretsInGit = (path: string, extra: readonly PathRule[]): Meant[] =>
  classify(path, extra)
    .sensitive.filter(({ layer }) => layer !== 'builtin')
    .map(({ why }) => ({ meaning: 'secret', why, isPersons: true }));

/** All that a path means by its own name; what it means by a folder above it is that folder's. `path` is relative. */
export function meaningsOf(path: string, extra: readonly PathRule[]): Meant[] {
  const name = foldName(path.slice(path.lastIndexOf('/') + 1));
  const found = classify(path, extra);
  const meant: Meant[] = [];
  const add = (meaning: Meaning, { why, layer }: PathRule) =>
    meant.push({ meaning, why, isPersons: layer !== 'builtin' });
  for (const rule of found.protected) {
    if (rule.layer !== 'builtin') add('held', rule);
    else add(rule.id === 'protected.git' ? 'git' : 'own', rule);
  }
  for (const rule of found.execSurface) {
    if (AUTO.has(rule.id) || MANAGERS.has(name)) add('auto', rule);
    else if (HELD.has(rule.id)) add('held', rule);
    else if (TOLD.has(rule.id)) add('told', rule);
  }
  for (const rule of found.sensitive) add('secret', rule);
  return meant;
}
