/** A workspace of its own and a home of its own: nothing of the machine's settings reaches a test, and nothing of a test stays. */
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Place {
  /** The workspace, by its real path. */
  workspace: string;
  home: string;
  /** The whole environment of what is started here. */
  env: Record<string, string>;
  /** Puts a file in the workspace, with its folders. */
  put(path: string, content: string | Uint8Array): Promise<void>;
  /** The bytes of a file of the workspace. */
  read(path: string): Promise<Buffer>;
  remove(): Promise<void>;
}

/** `name`: where the workspace is below the place; `home/…` puts it into the home. */
export async function makePlace(files: Record<string, string | Uint8Array>, name = 'work'): Promise<Place> {
  // Short, for a control socket's path may have no more than a hundred bytes.
  const base = await realpath(await mkdtemp(join(tmpdir(), 'vt-')));
  const [workspace, home] = [join(base, name), join(base, 'home')];
  for (const dir of [home, workspace]) await mkdir(dir);
  const put = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), content);
  };
  for (const [path, content] of Object.entries(files)) await put(path, content);
  return {
    workspace,
    home,
    env: environment(home),
    put,
    read: (path) => readFile(join(workspace, path)),
    async remove() {
      await chmod(workspace, 0o755);
      await rm(base, { recursive: true, force: true });
    },
  };
}

function environment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    TMPDIR: tmpdir(),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_DATA_HOME: join(home, '.data'),
  };
}
