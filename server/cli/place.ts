/** Where a command works: the workspace it was given, and our directories for it. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { findDirs, homesOf, prepareDir } from '../config/dirs.ts';
import { ORGANISATION } from '../config/layers.ts';
import { checkWorkspace, workspaceId } from '../config/workspace.ts';
import type { Io } from './io.ts';

export interface Place {
  /** The workspace by its real path. */
  root: string;
  configDir: string;
  /** Of this workspace; it need not be there, unless it was to be made. */
  stateDir: string;
}

/** Throws a Fault that says why the workspace or our directories cannot be used. `make`: the directories are made. */
export async function findPlace(io: Pick<Io, 'env' | 'cwd'>, dir: string, make: 'make' | 'look'): Promise<Place> {
  const dirs = findDirs(io.env);
  const [config, state] = [await own(dirs.config, 'config', make), await own(dirs.state, 'state', make)];
  const root = await checkWorkspace({
    dir,
    cwd: io.cwd,
    homes: homesOf(io.env),
    kept: [
      { path: config, what: 'where your settings and the trust key are kept' },
      { path: state, what: 'where records are kept' },
      { path: ORGANISATION.dir, what: "where the organisation's settings are kept" },
    ],
  });
  const stateDir = join(state, workspaceId(root));
  return {
    root,
    configDir: config,
    stateDir: make === 'make' ? await prepareDir(stateDir, 'state') : stateDir,
  };
}

/** One that is not there holds nothing that could be unsafe. */
async function own(path: string, what: string, make: 'make' | 'look'): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || make === 'make' ? prepareDir(path, what) : path;
}
