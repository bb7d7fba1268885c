/** Whether a workspace is trusted, for which of its files, and why not; giving trust to what was shown; taking it away. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { TrustReport } from '../../shared/api.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { systemUser } from '../base/user.ts';
import { visible } from '../base/visible.ts';
import { ensureTrustKey, readTrustKey } from './key.ts';
import { listedStatement, listStatement, unlist } from './ledger.ts';
import { readMarker, removeMarker, writeMarker } from './marker.ts';
import { type Marker, signedText, type Statement } from './statement.ts';
import { readSurface, type Surface, surfaceDigest, type SurfaceFile } from './surface.ts';

export interface TrustPlace {
  /** The workspace by its real path. */
  root: string;
  configDir: string;
  /** Every name that any layer would have read as instructions: `instructionNames` of config/resolve.ts. */
  instructions: readonly string[];
}

/** Reads all of it anew each time: what was trusted a moment ago may have changed. */
export async function inspectTrust(place: TrustPlace): Promise<TrustReport> {
  return reportOf(place, await readSurface(place.root, place.instructions));
}

/** Gives trust to what was shown. Throws a Fault 409 where that is no longer what stands there. */
export async function giveTrust(place: TrustPlace, digest: string): Promise<TrustReport> {
  const surface = await readSurface(place.root, place.instructions);
  if (surfaceDigest(place.root, surface.files) !== digest) {
    throw new Fault({
      status: 409,
      code: 'trust_changed',
      message: 'What this workspace could run or say to the agent is no longer what was shown.',
      hint: 'Look at the list again, and decide on that.',
    });
  }
  const key = await ensureTrustKey(place.configDir);
  const statement = await stateOf(place.root, surface.files, key.fingerprint);
  const text = signedText(statement);
  // The marker first: until the ledger lists it, it is none.
  await writeMarker(place.root, { statement, signature: key.sign(text) });
  const listed = { workspace: place.root, statement: sha256(text), at: statement.at };
  await listStatement(place.configDir, listed);
  return reportOf(place, surface);
}

/** Takes trust away; true where there was some. A copy of the marker that somebody kept is worth nothing after it. */
export async function revokeTrust(place: Pick<TrustPlace, 'root' | 'configDir'>): Promise<boolean> {
  const was = (await listedStatement(place.configDir, place.root)) !== null;
  await unlist(place.configDir, place.root);
  const marker = await readMarker(place.root);
  if (marker.kind !== 'none') await removeMarker(place.root);
  return was;
}

/** Whether a file with this content is trusted, by what a report found. */
export const trustedBy =
  (report: TrustReport) =>
  (path: string, hash: string): boolean =>
    report.trusted && report.files.some((file) => file.path === path && file.sha256 === hash && file.trusted);

async function stateOf(root: string, files: readonly SurfaceFile[], key: string): Promise<Statement> {
  const { ino, dev } = await stat(root, { bigint: true });
  const { uid, name } = systemUser();
  return {
    v: 1,
    workspace: root,
    inode: String(ino),
    device: String(dev),
    user: { uid, name },
    key,
    nonce: randomBytes(16).toString('hex'),
    at: new Date().toISOString(),
    files: files.map(({ path, sha256: hash, pin }) => ({ path, sha256: hash, pin })),
  };
}

async function reportOf(place: TrustPlace, surface: Surface): Promise<TrustReport> {
  const digest = surfaceDigest(place.root, surface.files);
  const found = await readMarker(place.root);
  const untrusted = (marker: 'none' | 'foreign', reason: string): TrustReport => ({
    trusted: false,
    reason: reason + unreadWords(surface),
    digest,
    files: surface.files.map((file) => listed(file, false)),
    marker,
  });
  if (found.kind === 'none') return untrusted('none', 'Nobody has been asked about this workspace yet.');
  const wrong = found.kind === 'broken' ? found.why : await foreignness(found.marker, place);
  if (wrong !== '' || found.kind === 'broken') return untrusted('foreign', `There is a marker of trust, but ${wrong}.`);
  const { statement } = found.marker;
  const pins = new Map(statement.files.map((file) => [file.path, file.pin]));
  const files = surface.files.map((file) => listed(file, pins.get(file.path) === file.pin));
  const changed = files.filter((file) => !file.trusted).map((file) => file.path);
  const given = `Trusted by ${visible(statement.user.name)} since ${statement.at.slice(0, 10)}`;
  const reason =
    changed.length === 0 ? `${given}.` : `${given}; changed since, and not trusted: ${changed.join(', ')}.`;
  const marker = changed.length === 0 ? 'valid' : 'changed';
  return { trusted: true, reason: reason + unreadWords(surface), digest, files, marker };
}

/** Why a marker says nothing here; empty where it does. */
async function foreignness(marker: Marker, place: TrustPlace): Promise<string> {
  const { statement, signature } = marker;
  const key = await readTrustKey(place.configDir);
  if (key === null || statement.key !== key.fingerprint)
    return 'it was signed with a key that is not yours: it came with the files';
  const text = signedText(statement);
  if (!key.verifies(text, signature)) return 'it was altered after it was signed';
  if (statement.user.uid !== systemUser().uid) return `it was signed for ${visible(statement.user.name)}, another user`;
  if (statement.workspace !== place.root) return `it was signed for another place, ${visible(statement.workspace)}`;
  const { ino } = await stat(place.root, { bigint: true });
  if (statement.inode !== String(ino)) return 'another directory stands in the place that it was signed for';
  const listedHash = await listedStatement(place.configDir, place.root);
  if (listedHash === null) return 'trust was taken away since, and this is a copy that was kept';
  return listedHash === sha256(text) ? '' : 'trust was given anew since, and this is an old copy';
}

const listed = ({ pin: _pin, ...file }: SurfaceFile, trusted: boolean) => ({ ...file, trusted });

function unreadWords({ unread }: Surface): string {
  if (unread.length === 0) return '';
  const words = unread.map(({ path, why }) => `${path} (${why.replace(/\.$/, '')})`);
  return ` Not read, and never obeyed: ${words.join('; ')}.`;
}
