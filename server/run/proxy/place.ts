/** Where the proxies listen: a folder of ours alone, whose path leaves room for the name of a socket. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Fault } from '../../base/fault.ts';

/** Bytes of the longest path of a socket: that of macOS, the shorter one. */
const MOST_BYTES = 103;
const NAME_BYTES = '/0123456789abcdef.sock'.length;

/**
 * Made where it is missing, and cleared of what a server that crashed left there. Call it while the lock of the workspace is held.
 * Throws a Fault where the folder is somebody else's.
 */
export async function proxyPlace(stateDir: string, runtimeDir: string | null): Promise<string> {
  const id = createHash('sha256').update(stateDir).digest('hex').slice(0, 12);
  const runtime = runtimeDir !== null && isAbsolute(runtimeDir) ? [join(runtimeDir, `vtcode-proxy-${id}`)] : [];
  const uid = process.getuid?.() ?? 0;
  const candidates = [join(stateDir, 'proxy'), ...runtime, join(tmpdir(), `vtcode-proxy-${uid}-${id}`)];
  const dir = candidates.find((path) => Buffer.byteLength(path) + NAME_BYTES <= MOST_BYTES) ?? candidates.at(-1)!;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const found = await lstat(dir);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) throw unsafe(dir);
  for (const name of await readdir(dir)) if (name.endsWith('.sock')) await rm(join(dir, name), { force: true });
  return dir;
}

/** One of its own for a command of the person's: others of theirs may run beside it. */
export async function temporaryPlace(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'vtcode-proxy-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

const unsafe = (dir: string): Fault =>
  new Fault({
    status: 403,
    code: 'directory_unsafe',
    message: `${dir} is expected to be a directory of yours that nobody else may use; it is not.`,
    hint: `Take it away, or set XDG_RUNTIME_DIR to a directory of your own.`,
  });
