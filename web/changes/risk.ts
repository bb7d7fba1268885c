/** Which changes are looked at first: what can run code later, what brings code in, what guards or speaks to others. */
import type { FileState } from '../../shared/action.ts';
import type { PathMark } from '../../shared/verdict.ts';
import { pieces } from '../ui/visible.ts';

export type Risk = 'disguised' | 'exec' | 'dependencies' | 'secrets' | 'unknown' | 'network' | 'permissions' | 'rest';

export const RISKS: { risk: Risk; title: string; why: string }[] = [
  { risk: 'disguised', title: 'Disguised names', why: 'not what they look like' },
  { risk: 'exec', title: 'Exec surfaces', why: 'can run code later' },
  { risk: 'dependencies', title: 'Dependencies', why: 'bring in code of others' },
  { risk: 'secrets', title: 'Secrets', why: 'likely hold keys or passwords' },
  { risk: 'unknown', title: 'From earlier', why: 'what the policy said of them is not on the page' },
  { risk: 'network', title: 'Network and auth', why: 'by their names' },
  { risk: 'permissions', title: 'Permission bits', why: 'become executable' },
  { risk: 'rest', title: 'The rest', why: 'low risk' },
];

/** Of the exec surfaces those that only say what is fetched: locked versions and their hashes. */
const LOCKED =
  /(^|\/)([^/]+\.lockb?|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|packages\.lock\.json|go\.sum|package\.resolved|gradle\.lockfile)$/i;
/** By name, for the eye: the policy has no word for it. */
const NETWORK =
  /(^|[/._-])(auth|oauth|login|logout|session|token|jwt|secret|secrets|crypto|password|permission|permissions|acl|cors|csrf|tls|ssl|http|https|fetch|client|request|socket|webhook|proxy|network|net|api)s?([/._-]|$)/;
const EXECUTABLE = 0o111;

/** `marks`: what the policy called its paths when it judged the change; null where that is not known. */
export function riskOf(
  change: { path: string; from: string; before: FileState; after: FileState },
  marks: readonly PathMark[] | null,
): Risk {
  const names = [change.path, change.from];
  if (pieces(change.path, { inline: true }).some((piece) => piece.kind !== 'text')) return 'disguised';
  if (marks?.includes('execSurface')) return names.every((name) => LOCKED.test(name)) ? 'dependencies' : 'exec';
  if (marks?.includes('sensitive')) return 'secrets';
  if (becomesExecutable(change.before, change.after)) return 'permissions';
  if (marks === null) return 'unknown';
  return names.some((name) => NETWORK.test(name.toLowerCase())) ? 'network' : 'rest';
}

function becomesExecutable(before: FileState, after: FileState): boolean {
  const bits = (state: FileState) => (state.state === 'file' ? state.mode & EXECUTABLE : 0);
  return (bits(after) & ~bits(before)) !== 0;
}
