/**
 * Where this user may make no namespaces but the system's bubblewrap may (AppArmor of Ubuntu 23.10 and newer): it makes them and
 * the mounts, and our launcher, inside, puts on Landlock, seccomp and the bounds. Pure, as compile.ts.
 */
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { Fault } from '../base/fault.ts';
import { compile, type SystemView, within } from './compile.ts';
import { isRaw, shownPath } from './raw-names.ts';

export interface BwrapAssistant {
  /** By its own path: an AppArmor profile holds for no copy. */
  bwrap: string;
  /** It knows `--size` (0.7.0). */
  boundsTmpfs: boolean;
  /** A file of ours, empty and of mode 000: it lies over what is hidden. */
  blank: string;
}

export interface Assistant extends BwrapAssistant {
  kind: 'launcher';
  launcher: string;
}

/** Where the launcher lies in the view. */
const LAUNCHER_AT = '/run/vtcode-sandbox';
/** Where the socket of the proxy stands in the view, as the launcher itself puts it. */
const PROXY_AT = '/run/vtcode-proxy.sock';

/** The whole command line up to the `--` before the command. `folders` are those of the hidden paths that are folders. */
export function compileAssisted(
  policy: SandboxPolicy,
  system: SystemView,
  { assistant, folders }: { assistant: Assistant; folders: ReadonlySet<string> },
): string[] {
  const writable = [...policy.ownRoots.map(({ at }) => at), ...(policy.access === 'write' ? [policy.workspace] : [])];
  const { network } = policy;
  const inView = network.mode === 'proxy' ? { ...policy, network: { ...network, socket: PROXY_AT } } : policy;
  const flags = innerFlags(compile(inView, system), writable);
  return [
    ...bwrapView(policy, system, { assistant, folders }),
    ...['--ro-bind', assistant.launcher, LAUNCHER_AT],
    ...(policy.network.mode === 'proxy' ? ['--ro-bind', policy.network.socket, PROXY_AT] : []),
    ...['--remount-ro', '/', '--chdir', '/', '--as-pid-1', '--', LAUNCHER_AT, '--no-namespaces'],
    ...flags,
  ];
}

/** bubblewrap with its namespaces, its mounts and what lies over parts of them. */
export function bwrapView(
  policy: SandboxPolicy,
  system: SystemView,
  { assistant, folders }: { assistant: BwrapAssistant; folders: ReadonlySet<string> },
): string[] {
  return [
    assistant.bwrap,
    ...['--unshare-user-try', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...(policy.network.mode === 'host' ? [] : ['--unshare-net']),
    ...['--die-with-parent', '--cap-drop', 'ALL', '--clearenv', '--proc', '/proc', '--dev', '/dev'],
    ...mounts(policy, system, assistant),
    ...parts(policy, { folders, blank: assistant.blank }),
  ];
}

/**
 * What bubblewrap has done, the launcher is not told to do: parts of mounts and links. Of what lies in a writable place (as a
 * workspace below /tmp) it is told nothing either: its rules can give no less there, and the mounts say what holds.
 */
function innerFlags(flags: readonly string[], writable: readonly string[]): string[] {
  const inner: string[] = [];
  for (let i = 0; i < flags.length;) {
    const flag = flags[i]!;
    const count = VALUES[flag] ?? 1;
    const values = flags.slice(i + 1, i + 1 + count);
    i += 1 + count;
    if (DONE.has(flag)) continue;
    const at = values.at(-1)!;
    const isMount = MOUNTS.has(flag);
    if (isMount && writable.some((root) => root !== at && within(at, root))) continue;
    inner.push(...(isMount ? [flag.replace(/-at$/, ''), at] : [flag, ...values]));
  }
  return inner;
}

const MOUNTS = new Set(['--ro', '--ro-at', '--rw', '--rw-at']);
/** Flags of the launcher with other than one value. */
const VALUES: Readonly<Record<string, number>> = { '--ro-at': 2, '--rw-at': 2, '--tmpfs': 2, '--symlink': 2 };
const DONE = new Set(['--protect', '--hide', '--protect-hex', '--hide-hex', '--mask-socket', '--symlink']);

/** What holds another comes before it. */
function mounts(policy: SandboxPolicy, system: SystemView, { boundsTmpfs }: BwrapAssistant): string[] {
  const { workspace, access, readRoots, ownRoots, tmpfs } = policy;
  const all: { at: string; words: string[] }[] = [
    ...system.readOnly.map(({ host, at }) => ({ at, words: ['--ro-bind', host, at] })),
    ...readRoots.map((path) => ({ at: path, words: ['--ro-bind', path, path] })),
    ...ownRoots.map(({ host, at }) => ({ at, words: ['--bind', host, at] })),
    ...tmpfs.map(({ path, bytes }) => ({
      at: path,
      words: [...(boundsTmpfs ? ['--size', String(bytes)] : []), '--tmpfs', path],
    })),
    { at: workspace, words: [access === 'write' ? '--bind' : '--ro-bind', workspace, workspace] },
    ...system.links.map(({ target, at }) => ({ at, words: ['--symlink', target, at] })),
  ];
  return all.sort((a, b) => order(a.at, b.at)).flatMap(({ words }) => words);
}

type Part = { path: string; kind: 'pin' | 'protect' | 'hide' };

/** As carve() of the launcher: ancestors become mounts of their own, so that what they hold cannot be moved away with them. */
function parts(policy: SandboxPolicy, { folders, blank }: { folders: ReadonlySet<string>; blank: string }): string[] {
  const { workspace, access, protect, hide, maskSockets } = policy;
  const raw = [...protect, ...hide].find(isRaw);
  if (raw !== undefined) throw noText(raw);
  const pins = access === 'write' ? [...protect, ...hide].flatMap((path) => ancestors(path, workspace)) : [];
  const strictest = new Map<string, Part['kind']>();
  for (const path of pins) strictest.set(path, 'pin');
  for (const path of protect) strictest.set(path, 'protect');
  for (const path of [...hide, ...maskSockets]) strictest.set(path, 'hide');
  const sorted = [...strictest].map(([path, kind]): Part => ({ path, kind })).sort((a, b) => order(a.path, b.path));
  const kept: Part[] = [];
  for (const part of sorted) if (!kept.some((outer) => covers(outer, part))) kept.push(part);
  return kept.flatMap(({ path, kind }) => {
    if (kind === 'pin') return ['--bind', path, path];
    if (kind === 'protect') return ['--ro-bind', path, path];
    return folders.has(path) ? ['--perms', '0000', '--tmpfs', path, '--remount-ro', path] : ['--ro-bind', blank, path];
  });
}

const noText = (path: string): Fault =>
  new Fault({
    status: 422,
    code: 'name_no_text',
    message: `The name of ${shownPath(path)} is not UTF-8, and bubblewrap can only be told of names that are: it could not be kept from commands.`,
    hint: 'Rename it. `vtcode sandbox status` says what a full sandbox, which can, needs.',
  });

const covers = (outer: Part, inner: Part): boolean =>
  within(inner.path, outer.path) && (outer.kind === 'hide' || (outer.kind === 'protect' && inner.kind !== 'hide'));

/** The folders between a root and what lies in it, without both. */
function ancestors(path: string, root: string): string[] {
  if (!within(path, root)) return [];
  const names = path.slice(root.length + 1).split('/');
  return names.slice(0, -1).map((_name, i) => `${root}/${names.slice(0, i + 1).join('/')}`);
}

/** `/` before all else, so that a folder is followed by what lies in it. */
function order(a: string, b: string): number {
  const [one, other] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return one < other ? -1 : one > other ? 1 : 0;
}
