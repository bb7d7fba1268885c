/** Folders of ours that confined commands write in: a home and a /tmp for each session, a cache for the workspace. */
import * as fs from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from '../base/contained.ts';
import { at } from '../base/contained-pin.ts';
import { sha256 } from '../base/hash.ts';
import { INSIDE } from './environment.ts';
import { within } from './compile.ts';
import { type GitValue, parseGitConfig, writeGitConfig } from './git-config.ts';
import { createBounds } from './session-bounds.ts';
import { isHalfGone, removeTree, takeApart } from './trees.ts';

export interface SessionDirs {
  /** A git config for the inside: who commits, and nothing that git would run. */
  gitConfig: string;
  /** Makes what is missing. `mounts` are the real paths that will be mounted in the view: below /tmp each needs its place. */
  of(session: string, mounts: readonly string[]): Promise<{ host: string; at: string }[]>;
  /**
   * A run of the session begins; what is answered is called at its end, once. It bounds what stays, and answers what the session
   * should know: that its folders were emptied, now or since its last run; mostly nothing.
   */
  enter(session: string): () => Promise<string>;
  /** Takes the homes away; the cache stays. */
  close(): Promise<void>;
}

export async function openSessionDirs({ dir, homes }: { dir: string; homes: readonly string[] }): Promise<SessionDirs> {
  const runs = join(dir, `run-${process.pid}`);
  const cache = join(dir, 'cache');
  await clearDead(dir);
  await removeTree(runs);
  for (const path of [runs, cache]) await mkdir(path, { recursive: true, mode: 0o700 });
  const gitConfig = join(runs, 'gitconfig');
  await writeFile(gitConfig, writeGitConfig(await gitValues(homes)), { mode: 0o444 });
  const folderOf = (session: string) => join(runs, sha256(session).slice(0, 16));
  const bounds = createBounds({ folderOf, cache });
  return {
    gitConfig,
    enter: bounds.enter,
    async of(session, mounts) {
      const [home, tmp] = ['home', 'tmp'].map((name) => join(folderOf(session), name)) as [string, string];
      for (const path of [home, tmp, cache]) await mkdir(path, { recursive: true, mode: 0o700 });
      for (const path of mounts) if (within(path, INSIDE.tmp)) await makePlace(tmp, path);
      return [
        { host: home, at: INSIDE.home },
        { host: tmp, at: INSIDE.tmp },
        { host: cache, at: INSIDE.cache },
      ];
    },
    close: () => removeTree(runs),
  };
}

/**
 * The mount on /tmp is one of the host's folders, in which the launcher makes nothing. Commands write there too, so each step
 * is taken from a folder that is held open: no link of theirs is followed.
 */
async function makePlace(tmp: string, path: string): Promise<void> {
  const names = path.slice(INSIDE.tmp.length + 1).split('/');
  const isFolder = (await stat(path)).isDirectory();
  for (let depth = 1; depth <= names.length; depth++) {
    const found = locate(tmp, names.slice(0, depth).join('/'), 'none');
    if (!found.ok) throw new Error(`no place for ${path} in the /tmp of the session: ${found.message}`);
    try {
      if (found.node !== null) continue;
      const place = at(found.parent, found.name);
      if (depth < names.length || isFolder) fs.mkdirSync(place, { mode: 0o700 });
      else fs.writeFileSync(place, '', { flag: 'wx', mode: 0o600 });
    } finally {
      found.close();
    }
  }
}

/** Left by processes that ended without a word. */
async function clearDead(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (isHalfGone(name)) await takeApart(join(dir, name));
    const pid = /^run-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || fs.existsSync(`/proc/${pid}`)) continue;
    await removeTree(join(dir, name));
  }
}

/** Of the person's own git settings, only who they are. */
async function gitValues(homes: readonly string[]): Promise<GitValue[]> {
  const files = homes.flatMap((home) => [join(home, '.config/git/config'), join(home, '.gitconfig')]);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const theirs = texts.flatMap(parseGitConfig).filter(({ name }) => name === 'user.name' || name === 'user.email');
  const last = new Map(theirs.map(({ name, value }) => [name, value]));
  return [
    ...[...last].map(([name, value]) => ({ name, value })),
    { name: 'safe.directory', value: '*' },
    { name: 'safe.bareRepository', value: 'explicit' },
    { name: 'core.fsmonitor', value: 'false' },
    { name: 'core.pager', value: 'cat' },
    { name: 'init.defaultBranch', value: 'main' },
    { name: 'gc.auto', value: '0' },
    { name: 'maintenance.auto', value: 'false' },
    { name: 'advice.detachedHead', value: 'false' },
    { name: 'submodule.recurse', value: 'false' },
  ];
}
