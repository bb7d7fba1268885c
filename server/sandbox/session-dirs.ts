/** Folders of ours that confined commands write in: a home and a /tmp for each session, caches for the workspace. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from '../base/contained.ts';
import { at } from '../base/contained-pin.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { INSIDE } from './environment.ts';
import { within } from './compile.ts';
import { type GitValue, parseGitConfig, writeGitConfig } from './git-config.ts';
import type { ConfinedRun } from './sandbox.ts';
import { createBounds } from './session-bounds.ts';
import { isHalfGone, removeTree, takeApart } from './trees.ts';

export interface SessionDirs {
  /** A git config for the inside: who commits, and nothing that git would run. */
  gitConfig: string;
  /** Makes what is missing. `mounts` are the real paths that will be mounted in the view: below /tmp each needs its place. */
  of(run: Pick<ConfinedRun, 'session' | 'network'>, mounts: readonly string[]): { host: string; at: string }[];
  /**
   * A run of the session begins; what is answered is called at its end, once. It bounds what stays, and answers what the session
   * should know: that its folders were emptied, now or since its last run; mostly nothing.
   */
  enter(session: string): () => Promise<string>;
  /** Takes the homes away; the caches stay. */
  close(): Promise<void>;
}

export async function openSessionDirs({ dir, homes }: { dir: string; homes: readonly string[] }): Promise<SessionDirs> {
  const runs = join(dir, `run-${process.pid}`);
  const cache = join(dir, 'caches');
  await clearDead(dir);
  for (const path of [runs, join(dir, 'cache')]) await removeTree(path);
  for (const path of [runs, cache]) await mkdir(path, { recursive: true, mode: 0o700 });
  const gitConfig = join(runs, 'gitconfig');
  await writeFile(gitConfig, writeGitConfig(await gitValues(homes)), { mode: 0o444 });
  const folderOf = (session: string) => join(runs, sha256(session).slice(0, 16));
  const bounds = createBounds({ folderOf, cache });
  return {
    gitConfig,
    enter: bounds.enter,
    of(run, mounts) {
      const [home, tmp] = ['home', 'tmp'].map((name) => join(folderOf(run.session), name)) as [string, string];
      const own = join(cache, cacheOf(run));
      for (const path of [home, tmp, own]) fs.mkdirSync(path, { recursive: true, mode: 0o700 });
      for (const path of mounts.filter((one) => within(one, INSIDE.tmp)))
        for (const moved of makePlace(tmp, path)) bounds.tell(run.session, inTheWay(moved));
      return [
        { host: home, at: INSIDE.home },
        { host: tmp, at: INSIDE.tmp },
        { host: own, at: INSIDE.cache },
      ];
    },
    close: () => removeTree(runs),
  };
}

/** Sessions of the person: open terminals, and commands behind `vtcode sandbox run`. */
const PERSONS: readonly string[] = ['terminals', 'command-line'];

/**
 * What package managers keep there is run by who uses it next, also after a restart. So what one command left is met only by
 * those that may reach no more than it could, and never by what the person started.
 */
const cacheOf = ({ session, network }: Pick<ConfinedRun, 'session' | 'network'>): string =>
  `${PERSONS.includes(session) ? 'person' : 'agent'}-${network.mode}`;

/**
 * The mount on /tmp is one of the host's folders, in which the launcher makes nothing. Commands write there too, so each step
 * is taken from a folder that is held open: no link of theirs is followed. What they put in the way, as a link, is moved aside
 * beside it; answers under which names, in /tmp.
 */
function makePlace(tmp: string, path: string): string[] {
  const names = path.slice(INSIDE.tmp.length + 1).split('/');
  const isFolder = fs.statSync(path).isDirectory();
  const moved: string[] = [];
  for (let depth = 1; depth <= names.length; depth++) {
    const wanted = depth < names.length || isFolder ? 'directory' : 'file';
    const place = names.slice(0, depth).join('/');
    const parent = locate(tmp, names.slice(0, depth - 1).join('/') || '.', 'none');
    if (!parent.ok || parent.node === null) throw noPlace(path);
    const folder = { fd: parent.node.fd, path: parent.node.path };
    const name = at(folder, names[depth - 1]!);
    try {
      const there = fs.lstatSync(name, { throwIfNoEntry: false });
      if (wanted === 'directory' ? there?.isDirectory() : there?.isFile()) continue;
      if (there !== undefined) {
        const aside = `${names[depth - 1]!.slice(0, 100)}.moved-${randomUUID().slice(0, 8)}`;
        fs.renameSync(name, at(folder, aside));
        moved.push(`${place} to ${aside}`);
      }
      if (wanted === 'directory') fs.mkdirSync(name, { mode: 0o700 });
      else fs.writeFileSync(name, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      // A command that runs changed it just now; that another one of ours made the place is as good.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw code === 'ENOENT' ? noPlace(path) : error;
    } finally {
      parent.close();
    }
  }
  return moved;
}

const inTheWay = (moved: string) =>
  `In /tmp something lay in the way of the workspace, and was renamed: ${JSON.stringify(moved)}.`;

const noPlace = (path: string): Fault =>
  new Fault({
    status: 409,
    code: 'tmp_changed',
    message: `In the /tmp of the session there is no place for ${path}: a command that still runs changes the folders on the way.`,
    hint: 'Stop that command, and run this one again.',
  });

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
