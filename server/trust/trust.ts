/** Whether a workspace is trusted, for which of its files, and why not; giving trust to what was shown; taking it away. */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Diff } from '../../shared/action.ts';
import type { TrustChange, TrustFile, TrustReport } from '../../shared/trust.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { hunksBetween } from '../base/hunks.ts';
import { decodeText } from '../base/text.ts';
import { systemUser } from '../base/user.ts';
import { visible } from '../base/visible.ts';
import { forgetTrusted, keepTrusted, keptTrusted } from './kept.ts';
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
  await state(place, pinsOf(surface.files));
  await keepTrusted(place.configDir, place.root, surface.files);
  return reportOf(place, surface);
}

/** A file that was trusted, or not there, before a change that the person let through; `after`: the SHA-256 that it shall have. */
export interface Adopted {
  path: string;
  after: string;
}

/**
 * Trust goes on over changes that the person allowed: each of these files is trusted as it stands now, if it is what they
 * allowed. All else keeps what it had. Answers the files whose trust is another now.
 */
export async function adoptChanges(place: TrustPlace, changes: readonly Adopted[]): Promise<TrustedFile[]> {
  const found = await readMarker(place.root);
  if (found.kind !== 'marker' || (await foreignness(found.marker, place)) !== '') return [];
  const pinned = new Map(found.marker.statement.files.map((file) => [file.path, file]));
  const surface = await readSurface(place.root, place.instructions);
  const adopted = surface.files.filter(
    ({ path, sha256: hash, pin }) =>
      pinned.get(path)?.pin !== pin && changes.some((one) => one.path === path && one.after === hash),
  );
  if (adopted.length === 0) return [];
  for (const file of pinsOf(adopted)) pinned.set(file.path, file);
  const kept = await Promise.all([...pinned.values()].map(({ sha256: hash }) => bytesOf(place, hash)));
  await state(place, [...pinned.values()]);
  await keepTrusted(place.configDir, place.root, [...kept.flat(), ...adopted]);
  return adopted.map(({ path, sha256: hash }) => ({ path, sha256: hash }));
}

async function bytesOf({ configDir, root }: TrustPlace, hash: string): Promise<{ sha256: string; bytes: Buffer }[]> {
  const bytes = await keptTrusted(configDir, root, hash);
  return bytes === null ? [] : [{ sha256: hash, bytes }];
}

type Pins = Statement['files'];
export type TrustedFile = Pick<Pins[number], 'path' | 'sha256'>;

const pinsOf = (files: readonly SurfaceFile[]): Pins =>
  files.map(({ path, sha256: hash, pin }) => ({ path, sha256: hash, pin }));

/** Signs, and lists what was signed. */
async function state(place: TrustPlace, files: Pins): Promise<void> {
  const key = await ensureTrustKey(place.configDir);
  const statement = await stateOf(place.root, files, key.fingerprint);
  const text = signedText(statement);
  // The marker first: until the ledger lists it, it is none.
  await writeMarker(place.root, { statement, signature: key.sign(text) });
  const listed = { workspace: place.root, statement: sha256(text), at: statement.at };
  await listStatement(place.configDir, listed);
}

/** Takes trust away; true where there was some. A copy of the marker that somebody kept is worth nothing after it. */
export async function revokeTrust(place: Pick<TrustPlace, 'root' | 'configDir'>): Promise<boolean> {
  const was = (await listedStatement(place.configDir, place.root)) !== null;
  await unlist(place.configDir, place.root);
  await forgetTrusted(place.configDir, place.root);
  const marker = await readMarker(place.root);
  if (marker.kind !== 'none') await removeMarker(place.root);
  return was;
}

/** Whether a file with this content is trusted, by what a report found. */
export const trustedBy =
  (report: TrustReport) =>
  (path: string, hash: string): boolean =>
    report.trusted && report.files.some((file) => file.path === path && file.sha256 === hash && file.trusted);

async function stateOf(root: string, files: Pins, key: string): Promise<Statement> {
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
    files,
  };
}

async function reportOf(place: TrustPlace, surface: Surface): Promise<TrustReport> {
  const digest = surfaceDigest(place.root, surface.files);
  const found = await readMarker(place.root);
  const untrusted = (marker: 'none' | 'foreign', reason: string): TrustReport => ({
    trusted: false,
    reason: reason + unreadWords(surface),
    digest,
    files: surface.files.map((file) => listed(file, { trusted: false, change: { kind: 'none' } })),
    marker,
  });
  if (found.kind === 'none') return untrusted('none', 'Nobody has been asked about this workspace yet.');
  const wrong = found.kind === 'broken' ? found.why : await foreignness(found.marker, place);
  if (wrong !== '' || found.kind === 'broken') return untrusted('foreign', `There is a marker of trust, but ${wrong}.`);
  const { statement } = found.marker;
  const pins = new Map(statement.files.map((file) => [file.path, file]));
  const files = await Promise.all(surface.files.map(async (file) => compared(place, file, pins.get(file.path))));
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

const listed = ({ pin: _pin, bytes: _bytes, ...file }: SurfaceFile, found: Pick<TrustFile, 'trusted' | 'change'>) => ({
  ...file,
  ...found,
});

/** A file as it stands beside what was trusted of it. */
async function compared(place: TrustPlace, file: SurfaceFile, was: Pins[number] | undefined): Promise<TrustFile> {
  if (was === undefined) return listed(file, { trusted: false, change: { kind: 'new' } });
  if (was.pin === file.pin) return listed(file, { trusted: true, change: { kind: 'none' } });
  const before = await keptTrusted(place.configDir, place.root, was.sha256);
  return listed(file, {
    trusted: false,
    change: before === null ? { kind: 'lost' } : differenceOf(before, file.bytes),
  });
}

function differenceOf(before: Buffer, after: Buffer): TrustChange {
  const [old, now] = [decodeText(before), decodeText(after)];
  const diff: Diff =
    old.ok && now.ok ? { kind: 'text', ...hunksBetween(old.text, now.text) } : { kind: 'opaque', why: 'binary' };
  return { kind: 'changed', diff };
}

function unreadWords({ unread }: Surface): string {
  if (unread.length === 0) return '';
  const words = unread.map(({ path, why }) => `${path} (${why.replace(/\.$/, '')})`);
  return ` Not read, and never obeyed: ${words.join('; ')}.`;
}
