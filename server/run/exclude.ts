/** Keeps the temporary files of writes out of git's sight, and takes that back, without touching a file that the repository carries. */
import { renameSync } from 'node:fs';
import { readWhole, type Whole } from '../base/contained-read.ts';
import { at, release } from '../base/contained-pin.ts';
import { LIMITS } from '../../shared/limits.ts';
import { holdParent } from './folders.ts';
import { notWritten } from './not-written.ts';
import { discard, stage } from './temporary.ts';

const FILE = '.git/info/exclude';
const LINE = '.vtcode/tmp/';

export interface Excluded {
  /** `none`: there is no repository of its own here, or its list could not be written; `why` says which. */
  state: 'added' | 'present' | 'none';
  why: string;
}

/**
 * Adds `.vtcode/tmp/` to `.git/info/exclude`, where `.git` is a real folder of the workspace. To be called for a trusted
 * workspace only: it writes into `.git`. Never throws for what a file system can answer.
 */
export async function excludeTemporary(root: string): Promise<Excluded> {
  const git = await readWhole(root, '.git/HEAD', { follow: 'none', max: LIMITS.pathBytes.value });
  if (!git.ok || git.state === 'absent') return { state: 'none', why: 'There is no git folder in the workspace.' };
  const list = await readList(root);
  if (!list.ok) return { state: 'none', why: list.message };
  const text = list.state === 'file' ? list.bytes.toString('latin1') : '';
  if (holdsLine(text)) return { state: 'present', why: '' };
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  const why = await replaceList(root, list, `${text}${end}${LINE}\n`);
  return why === '' ? { state: 'added', why } : { state: 'none', why };
}

/** Whether the line stands in the list. */
export async function isTemporaryExcluded(root: string): Promise<boolean> {
  const list = await readList(root);
  return list.ok && list.state === 'file' && holdsLine(list.bytes.toString('latin1'));
}

/** Takes the line out again, and nothing else. Answers why it could not; empty where it is gone. */
export async function includeTemporary(root: string): Promise<string> {
  const list = await readList(root);
  if (!list.ok) return list.message;
  if (list.state === 'absent') return '';
  const text = list.bytes.toString('latin1');
  const rest = text.split(/(?<=\n)/).filter((line) => line.replace(/\r?\n$/, '') !== LINE);
  return holdsLine(text) ? replaceList(root, list, rest.join('')) : '';
}

const readList = (root: string) => readWhole(root, FILE, { follow: 'none', max: LIMITS.configBytes.value });
const holdsLine = (text: string) => text.split(/\r?\n/).includes(LINE);

/** Latin-1 both ways, so that names in any encoding stay as they are. Answers why not; empty where it is written. */
async function replaceList(root: string, list: Whole, text: string): Promise<string> {
  try {
    const target = holdParent(root, FILE, 'make');
    try {
      const mode = list.state === 'file' ? list.facts.mode & 0o777 : 0o644;
      const owner = list.state === 'file' ? list.facts : null;
      const staged = await stage(target.dir, Buffer.from(text, 'latin1'), { mode, owner });
      try {
        renameSync(at(target.dir, staged.name), at(target.dir, target.name));
      } catch (error) {
        discard(target.dir, staged.name);
        throw error;
      }
    } finally {
      release(target.dir);
    }
    return '';
  } catch (error) {
    return notWritten(error, FILE).message;
  }
}
