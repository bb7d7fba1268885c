/** One folder of the workspace: what its names mean, and which of them are to be entered; not read again where it did not change. */
import { type BigIntStats, lstatSync } from 'node:fs';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { PathRule } from '../policy/paths.ts';
import { bareMarks, createTelling } from './bare.ts';
import { list } from './listing.ts';
import type { Mark } from './marks.ts';
import { rawNames, REPLACED, systemPath } from './raw-names.ts';
import { GONE, innerVisit, markEntry, unlessGone, type Visit } from './survey-entry.ts';

export interface Folder {
  ino: bigint;
  ctimeNs: bigint;
  readAtNs: bigint;
  marks: Mark[];
  enter: Visit[];
}

/** `extra` are the rules of the settings, `names` is how many a folder may have. */
export interface Looking {
  extra: readonly PathRule[];
  names: number;
  /** As it was found before. */
  known: Folder | undefined;
}

/** Null where it has gone, or is another user's and closed to us: then no confined command can read it either. */
export async function lookAt(root: string, visit: Visit, { known, extra, names }: Looking): Promise<Folder | null> {
  const path = visit.path === '' ? root : `${root}/${visit.path}`;
  const found = unlessGone(() => lstatSync(path, { bigint: true }));
  if (found === null || !found.isDirectory()) return null;
  const isFresh = known !== undefined && known.ino === found.ino && known.ctimeNs === found.ctimeNs;
  if (isFresh && known.ctimeNs + TICK_NS < known.readAtNs) return known;
  const readAtNs = BigInt(Date.now()) * 1_000_000n;
  const facts = { ino: found.ino, ctimeNs: found.ctimeNs, readAtNs };
  const shut = (meaning: 'closed' | 'failed', why: string) => ({
    ...facts,
    ...shutFolder(visit, found, { meaning, why }),
  });
  if (visit.depth > LIMITS.surveyDepth.value || Buffer.byteLength(path) > LIMITS.surveyPathBytes.value)
    return shut('closed', 'It lies too deep to be looked through.');
  try {
    lstatSync(`${path}/.`); // only who may enter it can see what its names are
    const read = await readFolder(root, visit, { path, extra, names });
    if (read === null) return shut('closed', 'It has too many names to be looked through.');
    // Of a `commondir` its text counts as well, which changes without the folder.
    return { ...facts, ...read, readAtNs: read.hasCommon ? 0n : readAtNs };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === '' || OF_OURS.has(code)) throw error;
    if (GONE.has(code)) return null;
    if (code !== 'EACCES' && code !== 'EPERM') return shut('failed', `It could not be looked through (${code}).`);
    const isOurs = found.uid === BigInt(process.geteuid!());
    return isOurs ? shut('closed', 'Its modes let nobody look into it, and what is in there runs all the same.') : null;
  }
}

/** A clock tick of a file system: a folder that changed so shortly before it was read may have changed again unseen. */
const TICK_NS = 50_000_000n;
/** Not the folder's: it says nothing of what is in there. */
const OF_OURS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

function shutFolder(
  { path }: Visit,
  { dev, ino }: BigIntStats,
  { meaning, why }: Pick<Mark, 'meaning' | 'why'>,
): Pick<Folder, 'marks' | 'enter'> {
  if (path === '') throw cannotLook(why);
  return { marks: [{ path, meaning, kind: 'directory', sign: `${dev}:${ino}`, why }], enter: [] };
}

interface Read extends Pick<Folder, 'marks' | 'enter'> {
  hasCommon: boolean;
}

/** Null where it has too many names. */
async function readFolder(
  root: string,
  visit: Visit,
  { path: folder, extra, names }: Pick<Looking, 'extra' | 'names'> & { path: string },
): Promise<Read | null> {
  const marks: Mark[] = [];
  const enter: Visit[] = [];
  const telling = createTelling();
  let hasReplaced = false;
  const isWhole = await list(
    folder,
    (entry) => {
      const path = visit.path === '' ? entry.name : `${visit.path}/${entry.name}`;
      telling.add(entry.name);
      const own = markEntry(root, { visit, path, extra });
      for (const mark of own) marks.push(mark);
      if (entry.isSocket() && !visit.isHidden)
        marks.push({ path, meaning: 'socket', kind: 'other', sign: '', why: 'A program may listen on it.' });
      hasReplaced ||= entry.name.includes(REPLACED);
      const inner = entry.isDirectory() ? innerVisit(visit, path, { name: entry.name, marks: own, extra }) : null;
      if (inner !== null) enter.push(inner);
      return marks.length <= LIMITS.folderMarks.value && enter.length <= LIMITS.surveyFolders.value;
    },
    names,
  );
  if (!isWhole) return null;
  if (hasReplaced) marks.push(...rawMarks(root, visit, { folder, extra }));
  if (marks.length > LIMITS.folderMarks.value) return null;
  const isBare = !visit.git && telling.isBare();
  if (isBare) marks.push(...bareMarks(root, visit.path, telling.hasCommon()));
  return { marks, enter, hasCommon: isBare && telling.hasCommon() };
}

/** No look goes into a folder whose name is no text: it is hidden whole, and a new one is told of. */
function rawMarks(
  root: string,
  visit: Visit,
  { folder, extra }: { folder: string; extra: readonly PathRule[] },
): Mark[] {
  return rawNames(folder).flatMap(({ name, isDirectory }) => {
    const path = visit.path === '' ? name : `${visit.path}/${name}`;
    const own = markEntry(root, { visit, path, extra });
    const found = isDirectory ? unlessGone(() => lstatSync(systemPath(`${root}/${path}`), { bigint: true })) : null;
    if (found === null) return own;
    const sign = `${found.dev}:${found.ino}`;
    return [...own, { path, meaning: 'failed' as const, kind: 'directory' as const, sign, why: NO_TEXT }];
  });
}

const NO_TEXT =
  'Its name is not UTF-8, so nothing could look into it, and later commands see nothing of what it holds. Look at that before a program of yours goes there.';

export const cannotLook = (why: string): Fault =>
  new Fault({
    status: 422,
    code: 'workspace_unseen',
    message: `The workspace cannot be looked through for what a command must not reach: ${why}`,
    hint: 'Mend that, or serve another folder.',
  });
