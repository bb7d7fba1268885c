/**
 * The steps that change names in the workspace, each in one move of the file system and each with its way back. A name that is
 * taken is never overwritten unless it is the very file that was shown.
 */
import * as fs from 'node:fs';
import type { FileState } from '../../shared/action.ts';
import { at, openPinned, release, same, type Dir, type Facts } from '../base/contained-pin.ts';
import { sha256 } from '../base/hash.ts';
import { pinOrNull, type Target } from './folders.ts';
import { changed } from './not-written.ts';
import { temporaryName } from './temporary.ts';

/** The temporary folder, and the names in it that must be gone when the write is over. */
export interface Bench {
  dir: Dir;
  names: string[];
}

/** A staged file: its name in the temporary folder, and what it is. */
interface Whole {
  name: string;
  facts: Facts;
}

/** Puts back what a step changed. False where the name was taken by another meanwhile: that one stays. */
export type Undo = () => boolean;

/** What stands under a name when it is what was shown. Throws `changed` when it is not. Reads at most what was expected. */
export function standing(target: Target, expected: FileState): { facts: Facts; bytes: Buffer } | null {
  const { dir, name, path } = target;
  const node = pinOrNull(dir, name);
  if (node === null) {
    if (expected.state === 'absent') return null;
    throw changed(path, 'it is gone');
  }
  try {
    if (expected.state === 'absent') throw changed(path, 'something stands there now');
    if (node.facts.kind !== 'file') throw changed(path, 'it is no regular file now');
    if (node.facts.size !== expected.size) throw changed(path, 'its size is another');
    const fd = openPinned(node);
    try {
      const bytes = fs.readFileSync(fd);
      if (sha256(bytes) !== expected.sha256) throw changed(path, 'its bytes are others');
      if (node.facts.mode !== expected.mode) throw changed(path, 'its permission bits are others');
      return { facts: node.facts, bytes };
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    release(node);
  }
}

/** Gives a staged file a name that nothing has. `link` fails where the name is taken, which `rename` does not. */
export function landNew(bench: Bench, to: Target, staged: Whole): Undo {
  try {
    fs.linkSync(at(bench.dir, staged.name), at(to.dir, to.name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw changed(to.path, 'something stands there now');
    if (!noLinks(code)) throw error;
    standing(to, { state: 'absent' });
    fs.renameSync(at(bench.dir, staged.name), at(to.dir, to.name));
  }
  return () => {
    if (!isStill(to, staged.facts)) return false;
    fs.unlinkSync(at(to.dir, to.name));
    return true;
  };
}

/** Replaces the file that was shown by a staged one; the old one is kept aside until the change is done. */
export function landOver(bench: Bench, to: Target, { staged, shown }: { staged: Whole; shown: FileState }): Undo {
  const before = standing(to, shown);
  if (before === null) throw changed(to.path, 'it is gone');
  const kept = keepAside(bench, to, before);
  fs.renameSync(at(bench.dir, staged.name), at(to.dir, to.name));
  const undo = () => {
    if (!isStill(to, staged.facts)) return false;
    fs.renameSync(at(bench.dir, kept.name), at(to.dir, to.name));
    return true;
  };
  // Written to in place, by a program that had it open, after it was read here and before it was replaced.
  if (kept.linked && touched(bench.dir, kept.name, before.facts)) {
    undo();
    throw changed(to.path, 'it was written to at this very moment');
  }
  return undo;
}

/** Takes the file that was shown out of its place; it is kept aside until the change is done. */
export function takeAway(bench: Bench, from: Target, shown: FileState): Undo {
  const before = standing(from, shown);
  if (before === null) throw changed(from.path, 'it is gone');
  const name = newName(bench);
  fs.renameSync(at(from.dir, from.name), at(bench.dir, name));
  const undo = () => {
    if (pinnedFacts(from.dir, from.name) !== null) return false;
    fs.renameSync(at(bench.dir, name), at(from.dir, from.name));
    return true;
  };
  if (touched(bench.dir, name, before.facts)) {
    undo();
    throw changed(from.path, 'it was replaced or written to at this very moment');
  }
  return undo;
}

/** A second name for the file in the temporary folder; a copy where the file system has no hard links. */
function keepAside(
  bench: Bench,
  to: Target,
  before: { facts: Facts; bytes: Buffer },
): { name: string; linked: boolean } {
  const name = newName(bench);
  try {
    fs.linkSync(at(to.dir, to.name), at(bench.dir, name));
  } catch (error) {
    if (!noLinks((error as NodeJS.ErrnoException).code)) throw error;
    fs.writeFileSync(at(bench.dir, name), before.bytes, { flag: 'wx', mode: before.facts.mode });
    return { name, linked: false };
  }
  const facts = pinnedFacts(bench.dir, name);
  if (facts !== null && same(facts, before.facts)) return { name, linked: true };
  throw changed(to.path, 'it was replaced at this very moment');
}

function newName(bench: Bench): string {
  const name = temporaryName('old');
  bench.names.push(name);
  return name;
}

/** File systems without hard links say EPERM (FAT), ENOTSUP or ENOSYS; a file with too many, EMLINK. */
const noLinks = (code: string | undefined) =>
  ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '');

function isStill(target: Target, facts: Facts): boolean {
  const now = pinnedFacts(target.dir, target.name);
  return now !== null && same(now, facts);
}

function touched(dir: Dir, name: string, facts: Facts): boolean {
  const now = pinnedFacts(dir, name);
  return now === null || !same(now, facts) || now.size !== facts.size || now.mtimeNs !== facts.mtimeNs;
}

function pinnedFacts(dir: Dir, name: string): Facts | null {
  const node = pinOrNull(dir, name);
  if (node !== null) release(node);
  return node?.facts ?? null;
}
