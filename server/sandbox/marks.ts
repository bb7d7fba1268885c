/** What a name in the workspace means to a confined command: hidden from it, held as it is, or git's own. */
import { foldName } from '../base/fold.ts';
import { classify, type PathRule } from '../policy/paths.ts';

/**
 * `git`: a `.git`, folder or file. `own`: settings and trust of this program. `auto`: something on this machine runs it or obeys
 * it without being asked. `held`: not changed by a command, yet not run here by itself. `secret`: unreadable.
 */
export type Meaning = 'git' | 'own' | 'auto' | 'held' | 'secret';

export interface Meant {
  meaning: Meaning;
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
/** Package managers take from these which programs to run; the rest of their rule (package.json …) is a build's to write. */
const MANAGERS = new Set(['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pnpmfile.mjs']);

/** In git's own folder only what the person calls sensitive is hidden: git must be able to read the rest. */
export const secretsInGit = (path: string, extra: readonly PathRule[]): Meant[] =>
  classify(path, extra)
    .sensitive.filter(({ layer }) => layer !== 'builtin')
    .map(({ why }) => ({ meaning: 'secret', why }));

/** All that a path means by its own name; what it means by a folder above it is that folder's. `path` is relative. */
export function meaningsOf(path: string, extra: readonly PathRule[]): Meant[] {
  const name = foldName(path.slice(path.lastIndexOf('/') + 1));
  const found = classify(path, extra);
  const meant: Meant[] = [];
  for (const rule of found.protected) {
    if (rule.layer !== 'builtin') meant.push({ meaning: 'held', why: rule.why });
    else meant.push({ meaning: rule.id === 'protected.git' ? 'git' : 'own', why: rule.why });
  }
  for (const rule of found.execSurface) {
    if (AUTO.has(rule.id) || MANAGERS.has(name)) meant.push({ meaning: 'auto', why: rule.why });
    else if (HELD.has(rule.id)) meant.push({ meaning: 'held', why: rule.why });
  }
  for (const rule of found.sensitive) meant.push({ meaning: 'secret', why: rule.why });
  return meant;
}
