/** Takes changes of one file back out of it as it stands now: what anybody else changed since stays, or the file is left alone. */
import type { FileState } from '../../shared/action.ts';
import type { Clash } from '../../shared/changes-api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../base/hash.ts';
import { mergeTexts, type Overlap } from '../base/merge.ts';
import { decodeText } from '../base/text.ts';
import type { Part } from '../store/histories.ts';

/** A file as it stands or shall stand; null: nothing does. */
export type Side = { bytes: Buffer; mode: number } | null;

/**
 * `gone`: it is not there any more · `taken`: something else has its name · `edited`: it would be deleted, and was edited since ·
 * `overlap`: the same lines were changed since · `binary`: it was changed since and is no text · `lost`: bytes from then are not kept.
 */
export type Obstacle = 'gone' | 'taken' | 'edited' | 'overlap' | 'binary' | 'lost';

export type TakenBack =
  | { ok: true; side: Side; /** Something that was changed since was kept. */ merged: boolean }
  | { ok: false; why: Obstacle; clashes: Clash[] };

/** The bytes of a state in the record; null where they are not kept any more. */
export type BytesOf = (sha256: string) => Promise<Buffer | null>;

/** Takes the parts back, the last one first. */
export async function takeBack(parts: readonly Part[], now: Side, bytesOf: BytesOf): Promise<TakenBack> {
  let [side, merged] = [now, false];
  for (const part of [...parts].reverse()) {
    const taken = await takeOne(part, side, bytesOf);
    if (!taken.ok) return taken;
    side = taken.side;
    merged ||= taken.merged;
  }
  return { ok: true, side, merged };
}

async function takeOne({ before, after }: Part, side: Side, bytesOf: BytesOf): Promise<TakenBack> {
  if (isState(side, after)) return restored(before, bytesOf);
  if (isState(side, before)) return { ok: true, side, merged: false };
  if (side === null) return obstacle('gone');
  if (after.state === 'absent') return obstacle('taken');
  if (before.state === 'absent') return obstacle('edited');
  const mode = side.mode === after.mode ? before.mode : side.mode;
  const bytes = await takeBytes({ before: before.sha256, after: after.sha256 }, side.bytes, bytesOf);
  if (!bytes.ok) return bytes;
  return { ok: true, side: { bytes: bytes.bytes, mode }, merged: true };
}

async function restored(before: FileState, bytesOf: BytesOf): Promise<TakenBack> {
  if (before.state === 'absent') return { ok: true, side: null, merged: false };
  const bytes = await bytesOf(before.sha256);
  return bytes === null ? obstacle('lost') : { ok: true, side: { bytes, mode: before.mode }, merged: false };
}

type TakenBytes = { ok: true; bytes: Buffer } | Extract<TakenBack, { ok: false }>;

async function takeBytes(
  hashes: { before: string; after: string },
  now: Buffer,
  bytesOf: BytesOf,
): Promise<TakenBytes> {
  const hash = sha256(now);
  if (hash === hashes.before) return { ok: true, bytes: now };
  const before = await bytesOf(hashes.before);
  if (before === null) return obstacle('lost');
  if (hash === hashes.after) return { ok: true, bytes: before };
  const after = await bytesOf(hashes.after);
  if (after === null) return obstacle('lost');
  const [was, made, is] = [decodeText(before), decodeText(after), decodeText(now)];
  if (!was.ok || !made.ok || !is.ok) return obstacle('binary');
  const merged = mergeTexts(made.text, is.text, was.text);
  if (merged.ok) return { ok: true, bytes: Buffer.from(merged.text) };
  return { ok: false, why: 'overlap', clashes: merged.overlaps.slice(0, LIMITS.clashes.value).map(clashOf) };
}

const clashOf = ({ line, base, ours, theirs }: Overlap): Clash => ({
  line: line + 1,
  before: shown(theirs),
  agent: shown(base),
  now: shown(ours),
});

function shown(lines: readonly string[]): string[] {
  const max = LIMITS.clashLines.value;
  const few = lines.slice(0, max).map((line) => line.replace(/\n$/, ''));
  return lines.length > max ? [...few, `[${lines.length - max} more lines]`] : few;
}

function isState(side: Side, state: FileState): boolean {
  if (side === null || state.state === 'absent') return side === null && state.state === 'absent';
  return side.mode === state.mode && side.bytes.length === state.size && sha256(side.bytes) === state.sha256;
}

const obstacle = (why: Obstacle): Extract<TakenBack, { ok: false }> => ({ ok: false, why, clashes: [] });
