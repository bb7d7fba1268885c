/** Folders of the person's own choice that commands may read: checked each time, for they may have become links since. */
import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { Fault } from '../base/fault.ts';
import { within } from './compile.ts';

/** By their real paths. Throws a Fault for one that is not there, or that would bring a home or our own directories into view. */
export async function checkReadRoots(roots: readonly string[], apart: readonly string[]): Promise<string[]> {
  const real = await Promise.all(roots.map((root) => realRoot(root, apart)));
  return [...new Set(real)];
}

async function realRoot(root: string, apart: readonly string[]): Promise<string> {
  if (!isAbsolute(root)) throw refused(root, 'it is not an absolute path');
  const real = await realpath(root).catch(() => null);
  if (real === null) throw refused(root, 'it is not there');
  const held = apart.find((one) => within(one, real));
  if (real === '/' || held !== undefined) throw refused(root, `it holds ${held ?? 'everything'}`);
  return real;
}

const refused = (root: string, why: string): Fault =>
  new Fault({
    status: 422,
    code: 'read_root_refused',
    message: `sandbox.read_roots names ${JSON.stringify(root)}, which cannot be shown to commands: ${why}.`,
    hint: 'Name a folder of its own, or take it out of the settings.',
  });
