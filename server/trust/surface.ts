/** Through which files a repository could steer the agent, loosen the policy or run something; as they stand now. */
import type { TrustFile } from '../../shared/trust.ts';
import { canonical } from '../../shared/canonical.ts';
import { LIMITS } from '../../shared/limits.ts';
import { refuse, type Refusal } from '../base/contained-path.ts';
import { readWhole, type Whole } from '../base/contained-read.ts';
import { sha256 } from '../base/hash.ts';
import { visible } from '../base/visible.ts';
import { classify } from '../policy/paths.ts';
import { describeFile } from './describe.ts';

export type SurfaceKind = 'settings' | 'instructions' | 'mcp' | 'scripts';

interface Candidate {
  path: string;
  kind: SurfaceKind;
}

/** A file of the surface. Trust holds as long as `pin` does: the hash of its bytes, or of the part that can run something. */
export type SurfaceFile = Omit<TrustFile, 'trusted' | 'change'> & { pin: string; bytes: Buffer };

export interface Surface {
  /** In order of path. */
  files: SurfaceFile[];
  /** Files that are there and cannot be read, with the reason: nothing of them is ever obeyed. */
  unread: { path: string; why: string }[];
}

const FIXED: readonly Candidate[] = [
  { path: 'vtcode.toml', kind: 'settings' },
  { path: '.vtcode/tool-policy.json', kind: 'settings' },
  { path: '.mcp.json', kind: 'mcp' },
  { path: '.cursor/mcp.json', kind: 'mcp' },
  { path: '.vscode/mcp.json', kind: 'mcp' },
  { path: 'package.json', kind: 'scripts' },
];

/** The paths that a surface is read from; a change of one may change what is trusted. */
export const surfacePaths = (instructions: readonly string[]): string[] =>
  candidates(instructions).map(({ path }) => path);

/** `instructions`: every name that any layer would have read as instructions, the sleeping ones of the workspace too. */
export async function readSurface(root: string, instructions: readonly string[]): Promise<Surface> {
  const read = await Promise.all(candidates(instructions).map((one) => readCandidate(root, one)));
  const surface: Surface = { files: [], unread: [] };
  for (const one of read.flat()) {
    if ('why' in one) surface.unread.push(one);
    else surface.files.push(one);
  }
  surface.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return surface;
}

/** What trust is given to: the paths, bytes and effects that were shown, of this workspace. */
export function surfaceDigest(root: string, files: readonly SurfaceFile[]): string {
  const shown = files.map(({ path, sha256: hash, effect }) => ({ path, sha256: hash, effect }));
  return sha256(canonical({ workspace: root, files: shown }));
}

function candidates(instructions: readonly string[]): Candidate[] {
  const named = [...new Set(instructions)].map((path) => ({ path, kind: 'instructions' as const }));
  const all = [...FIXED, ...named.filter(({ path }) => FIXED.every((one) => one.path !== path))];
  return all.slice(0, LIMITS.trustFiles.value);
}

async function readCandidate(root: string, candidate: Candidate): Promise<(SurfaceFile | Surface['unread'][number])[]> {
  const { path, kind } = candidate;
  const max = LIMITS.trustFileBytes.value;
  const read = kind === 'instructions' ? await readInstructions(root, path, max) : await readPlain(root, path, max);
  if (!read.ok) return read.code === 'not_a_directory' ? [] : [{ path, why: read.message }];
  if (read.state === 'absent') return [];
  const text = read.bytes.toString('utf8');
  const scripts = kind === 'scripts' ? scriptsOf(text) : null;
  if (kind === 'scripts' && scripts === null) return [];
  const hash = sha256(read.bytes);
  const pin = scripts === null ? hash : sha256(canonical(scripts));
  const { bytes } = read;
  return [{ path, sha256: hash, size: bytes.length, pin, bytes, ...describeFile(kind, text, scripts) }];
}

/** Settings are read through no link. */
const readPlain = (root: string, path: string, max: number) => readWhole(root, path, { follow: 'none', max });

/**
 * A set of instructions may be a link to another file inside, but never to one that may hold secrets: its lines would be shown,
 * and sent to a model in every turn.
 */
export async function readInstructions(root: string, path: string, max: number): Promise<Whole | Refusal> {
  const read = await readWhole(root, path, { follow: 'inside', max });
  if (!read.ok || read.state === 'absent' || classify(read.real).sensitive.length === 0) return read;
  const leads = `It leads to ${visible(read.real)}, which may hold secrets.`;
  return refuse('permission', read.real === path ? 'By its name it may hold secrets.' : leads);
}

/** The scripts that a package manager could run; null where there are none to run. A dependency that is bumped changes no pin. */
function scriptsOf(text: string): Record<string, string> | null {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return null; // what npm cannot read, npm does not run
  }
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return null;
  const { scripts } = manifest;
  if (typeof scripts !== 'object' || scripts === null) return null;
  const named = Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return named.length === 0 ? null : Object.fromEntries(named);
}
