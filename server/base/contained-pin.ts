/**
 * One step below a directory that we hold: the name is opened without following it, then looked at. Nothing is checked by
 * path and used later.
 *
 * Linux: a directory is held by an O_PATH descriptor, and a name below it is `/proc/self/fd/N/name` (open(2), proc(5)), which
 * is what openat(2) would do. O_PATH opens no device, no FIFO and no socket: it only points at them.
 * Elsewhere a name is looked at first and opened only when it is a file or a folder; what was opened must be what was looked
 * at. macOS refuses a link anywhere in the path (O_NOFOLLOW_ANY, open(2) of macOS 11); where neither exists, a folder that is
 * swapped for a link between two steps could be missed.
 */
import * as fs from 'node:fs';

export interface Facts {
  kind: 'file' | 'directory' | 'link' | 'other';
  dev: bigint;
  ino: bigint;
  /** Bytes. */
  size: number;
  /** The permission bits, set-id and sticky bits included. */
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

/** A directory that is held open. `path` is only for systems without descriptor paths. */
export interface Dir {
  fd: number;
  path: string;
}

/** A name that was opened (`fd`), or only looked at where it cannot be opened safely (`fd` is -1). */
export interface Pinned {
  fd: number;
  path: string;
  facts: Facts;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const O_PATH = 0o10000000; // linux/fcntl.h; Node has no name for it
const O_NOFOLLOW_ANY = 0x20000000; // sys/fcntl.h of macOS

const BY_DESCRIPTOR = process.platform === 'linux' && fs.existsSync('/proc/self/fd');
const NO_LINK = process.platform === 'darwin' ? O_NOFOLLOW_ANY : O_NOFOLLOW;

/** Holds the workspace itself; `path` is its real path. Throws the system's error. */
export function openRoot(path: string): Pinned {
  const fd = fs.openSync(path, O_DIRECTORY | (BY_DESCRIPTOR ? O_PATH | O_NOFOLLOW : O_RDONLY | NO_LINK));
  return { fd, path, facts: factsOf(fd) };
}

/** A path that leads to `name` in this very directory, wherever it has been moved to. Its last name may be a link. */
export function at(dir: Dir, name: string): string {
  return BY_DESCRIPTOR ? `/proc/self/fd/${dir.fd}/${name}` : `${dir.path}/${name}`;
}

/** A path that leads to this very directory. */
export const self = (dir: Dir): string => (BY_DESCRIPTOR ? `/proc/self/fd/${dir.fd}` : dir.path);

/** Opens `name` without following it and says what it is. Throws the system's error (ENOENT, ENOTDIR, EACCES …). */
export function pin(dir: Dir, name: string): Pinned {
  const path = `${dir.path}/${name}`;
  if (!BY_DESCRIPTOR) return pinByPath(path);
  const fd = fs.openSync(at(dir, name), O_PATH | O_NOFOLLOW);
  try {
    return { fd, path, facts: factsOf(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Opens what is pinned for reading: a descriptor of its own, of the same inode. Only for files and directories. */
export function openPinned(pinned: Pinned): number {
  if (BY_DESCRIPTOR) return fs.openSync(`/proc/self/fd/${pinned.fd}`, O_RDONLY | O_NONBLOCK);
  return openByPath(pinned.path, pinned.facts);
}

export const factsOf = (fd: number): Facts => toFacts(fs.fstatSync(fd, { bigint: true }));

/** The same inode, whatever its name. */
export const same = (a: Facts, b: Facts): boolean => a.dev === b.dev && a.ino === b.ino;

export function release(held: { fd: number }): void {
  if (held.fd >= 0) fs.closeSync(held.fd);
}

function pinByPath(path: string): Pinned {
  const facts = toFacts(fs.lstatSync(path, { bigint: true }));
  const openable = facts.kind === 'file' || facts.kind === 'directory';
  return { fd: openable ? openByPath(path, facts) : -1, path, facts };
}

function openByPath(path: string, expected: Facts): number {
  const fd = fs.openSync(path, O_RDONLY | O_NONBLOCK | NO_LINK);
  if (same(factsOf(fd), expected)) return fd;
  fs.closeSync(fd);
  throw Object.assign(new Error(`${path} was swapped while it was opened`), { code: 'ELOOP' });
}

function toFacts(stat: fs.BigIntStats): Facts {
  return {
    kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'link' : 'other',
    dev: stat.dev,
    ino: stat.ino,
    size: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
  };
}

/** File systems that show the kernel's state as files. Reading there can hang, leak or change the machine. Values: statfs(2). */
const KERNEL_FS = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x73636673, // securityfs
  0x62656570, // configfs
  0xde5e81e4, // efivarfs
  0xcafe4a11, // bpf
  0xf97cff8c, // selinuxfs
]);

/** True where something pinned lies on a file system that only shows the kernel's state. */
export function isKernelState(pinned: Pinned): boolean {
  return BY_DESCRIPTOR && KERNEL_FS.has(fs.statfsSync(`/proc/self/fd/${pinned.fd}`).type);
}
