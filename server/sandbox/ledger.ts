/** Placeholders: what stands for a while under a name that a command must not take, and is taken away again after a crash too. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { locate } from '../base/contained.ts';
import { at } from '../base/contained-pin.ts';
import { isAlive, ourselves } from './alive.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface Placeholder {
  /** Relative to the workspace. */
  path: string;
  kind: 'directory' | 'file';
  /** Of a file. */
  content: string;
}

export interface Ledger {
  /**
   * Makes those that are wanted where nothing stands, and holds those of ours that stand already. Answers the paths that are
   * held, and how to let go of them. What nobody holds is taken away a little later, for the next command often wants the same.
   */
  take(wanted: readonly Placeholder[]): { paths: string[]; release: () => void };
  /** Whether something at this path is ours alone, or another process of ours put it there. */
  isOurs(path: string): boolean;
  /** Takes away now what nobody holds. */
  sweep(): void;
}

const Entry = z.object({
  path: z.string(),
  kind: z.enum(['directory', 'file']),
  content: z.string(),
  /** Empty: it was about to be made. */
  sign: z.string(),
});
type Entry = z.infer<typeof Entry>;
const Journal = z.object({ pid: z.int(), start: z.string(), entries: z.array(Entry) });

interface Held extends Entry {
  users: number;
}

/** `root` is the real path of the workspace, `dir` ours. What a process that is dead left behind is taken away at once. */
export function openLedger(root: string, dir: string): Ledger {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  recover(root, dir);
  const held = new Map<string, Held>();
  const writer = ourselves();
  const file = join(dir, `placeholders-${writer.pid}.json`);
  const note = () => {
    const entries = [...held.values()].map(({ users: _users, ...entry }) => entry);
    if (entries.length === 0) return fs.rmSync(file, { force: true });
    fs.writeFileSync(`${file}.new`, JSON.stringify({ ...writer, entries }), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  };
  const isHeld = (path: string) => held.has(path) && signAt(root, path) === held.get(path)!.sign;
  let timer: NodeJS.Timeout | undefined;
  const sweep = () => {
    clearTimeout(timer);
    for (const one of [...held.values()].filter(({ users }) => users === 0)) {
      remove(root, one);
      held.delete(one.path);
    }
    note();
  };
  const release = (paths: readonly string[]) => {
    for (const path of paths) held.get(path)!.users--;
    clearTimeout(timer);
    timer = setTimeout(sweep, LIMITS.placeholderMs.value).unref();
  };
  return {
    sweep,
    isOurs: (path) =>
      isHeld(path) || heldByOthers(dir).some((one) => one.path === path && one.sign === signAt(root, path)),
    take(all) {
      const wanted = [...new Map(all.map((one) => [one.path, one])).values()];
      // One that lingers may have been taken away, or filled, by somebody meanwhile.
      for (const { path } of wanted) if (held.get(path)?.users === 0 && !isHeld(path)) held.delete(path);
      const fresh = wanted.filter(({ path }) => !held.has(path));
      for (const one of fresh) held.set(one.path, { ...one, sign: '', users: 0 });
      // Noted before and after: whatever moment a crash picks, what was made is known, and what was not ours is not touched.
      if (fresh.length > 0) note();
      let isWhole = false;
      try {
        for (const one of fresh) held.get(one.path)!.sign = make(root, one);
        isWhole = true;
      } finally {
        // Also of those before one that could not be made: with their sign they are known as ours, and are taken away.
        for (const { path } of fresh) if (held.get(path)!.sign === '') held.delete(path);
        if (fresh.length > 0) note();
        if (!isWhole) release([]);
      }
      const paths = wanted.map(({ path }) => path).filter((path) => held.has(path));
      for (const path of paths) held.get(path)!.users++;
      let isOver = false;
      const over = () => {
        if (!isOver) release(paths);
        isOver = true;
      };
      return { paths, release: over };
    },
  };
}

/** The sign of what was made; empty where something stands there, or its folder is gone. */
function make(root: string, { path, kind, content }: Placeholder): string {
  const found = locate(root, path, 'none');
  if (!found.ok) return '';
  try {
    if (found.node !== null) return '';
    const name = at(found.parent, found.name);
    if (kind === 'directory') fs.mkdirSync(name, { mode: 0o755 });
    else fs.writeFileSync(name, content, { flag: 'wx', mode: 0o644 });
    return signOf(fs.lstatSync(name, { bigint: true }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return '';
    throw error;
  } finally {
    found.close();
  }
}

/** Takes away what is still exactly what was put there: the same inode, and nothing in it but what we wrote. */
function remove(root: string, { path, kind, content, sign }: Entry): void {
  if (sign === '') return;
  const found = locate(root, path, 'none');
  if (!found.ok) return;
  try {
    const name = at(found.parent, found.name);
    const stat = fs.lstatSync(name, { bigint: true });
    if (signOf(stat) !== sign) return;
    if (kind === 'directory') fs.rmdirSync(name);
    else if (stat.size === BigInt(Buffer.byteLength(content)) && fs.readFileSync(name, 'utf8') === content)
      fs.unlinkSync(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone already, or somebody has put something in it: then it is theirs.
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    found.close();
  }
}

/** Of a name in the workspace itself no folder could lead elsewhere. */
function signAt(root: string, path: string): string {
  if (!path.includes('/')) {
    const stat = fs.lstatSync(`${root}/${path}`, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '' : signOf(stat);
  }
  const found = locate(root, path, 'none');
  if (!found.ok) return '';
  const sign = found.node === null ? '' : `${found.node.facts.dev}:${found.node.facts.ino}`;
  found.close();
  return sign;
}

const signOf = ({ dev, ino }: fs.BigIntStats) => `${dev}:${ino}`;

/** What other processes of ours hold in the same workspace, as `vtcode sandbox run` beside a server does. */
function heldByOthers(dir: string): Entry[] {
  return fs.readdirSync(dir).flatMap((name) => {
    if (!JOURNAL.test(name) || name.endsWith('.new')) return [];
    const journal = Journal.safeParse(parse(textOf(join(dir, name))));
    return journal.success && isAlive(journal.data) ? journal.data.entries : [];
  });
}

/** Empty where it has gone meanwhile. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

const JOURNAL = /^placeholders-\d+\.json(\.new)?$/;

function recover(root: string, dir: string): void {
  for (const name of fs.readdirSync(dir)) {
    if (!JOURNAL.test(name)) continue;
    const file = join(dir, name);
    const journal = Journal.safeParse(parse(fs.readFileSync(file, 'utf8')));
    if (journal.success && isAlive(journal.data)) continue;
    for (const entry of journal.data?.entries ?? []) remove(root, entry);
    fs.rmSync(file, { force: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // it was being written when its writer died; the one before it still stands
  }
}
