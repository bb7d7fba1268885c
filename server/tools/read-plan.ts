/** The path of a read: links inside the workspace followed, so that what is judged and shown is the file that is read. */
import { locate } from '../base/contained.ts';
import { parsePath } from '../base/contained-path.ts';
import { visible } from '../base/visible.ts';
import { refused, type Refused } from './current.ts';
import { nearNames } from './near.ts';
import type { ToolContext } from './tool.ts';

export type ReadTarget = { kind: 'target'; path: string; is: 'file' | 'directory' } | Refused;

/** Something that is there and can be read: a regular file or a folder. */
export async function readTarget(raw: string, { root }: ToolContext): Promise<ReadTarget> {
  const parsed = parsePath(raw, root);
  if (!parsed.ok) return refused(parsed.code, parsed.message);
  const found = locate(root, parsed.path, 'inside');
  if (!found.ok) {
    const near = found.code === 'not_found' ? await nearNames(root, parsed.path) : '';
    return refused(found.code, found.message + near);
  }
  const kind = found.node?.facts.kind ?? 'absent';
  found.close();
  if (kind === 'file' || kind === 'directory') return { kind: 'target', path: found.real, is: kind };
  if (kind === 'absent')
    return refused('not_found', `There is no ${visible(parsed.path)}.${await nearNames(root, parsed.path)}`);
  return refused('not_a_file', `${visible(parsed.path)} is a device, a pipe or a socket, which is not read.`);
}
