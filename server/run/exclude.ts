/** Keeps the temporary files of writes out of git's sight, without touching a file that the repository carries. */
import { renameSync } from 'node:fs';
import { readWhole } from '../base/contained-read.ts';
import { at, release } from '../base/contained-pin.ts';
import { LIMITS } from '../../shared/limits.ts';
import { holdParent } from './folders.ts';
import { notWritten } from './not-written.ts';
import { stage } from './temporary.ts';

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
  const list = await readWhole(root, FILE, { follow: 'none', max: LIMITS.configBytes.value });
  if (!list.ok) return { state: 'none', why: list.message };
  const text = list.state === 'file' ? list.bytes.toString('latin1') : '';
  if (text.split(/\r?\n/).includes(LINE)) return { state: 'present', why: '' };
  try {
    const target = holdParent(root, FILE, 'make');
    try {
      const end = text === '' || text.endsWith('\n') ? '' : '\n';
      // Latin-1 both ways, so that names in any encoding stay as they are.
      const bytes = Buffer.from(`${text}${end}${LINE}\n`, 'latin1');
      const mode = list.state === 'file' ? list.facts.mode & 0o777 : 0o644;
      const staged = await stage(target.dir, bytes, { mode, owner: list.state === 'file' ? list.facts : null });
      renameSync(at(target.dir, staged.name), at(target.dir, target.name));
    } finally {
      release(target.dir);
    }
    return { state: 'added', why: '' };
  } catch (error) {
    return { state: 'none', why: notWritten(error, FILE).message };
  }
}
