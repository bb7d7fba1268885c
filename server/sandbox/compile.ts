/** From a policy to the command line of the launcher: one flag for each item, and nothing that the policy does not say. Pure. */
import { SandboxPolicy } from '../../shared/sandbox.ts';
import { Fault } from '../base/fault.ts';
import { bytesOf, isRaw } from './raw-names.ts';

/** What every run sees of the machine, besides its policy: programs, libraries and what those read. */
export interface SystemView {
  /** Read-only: where it lies on the host, by its real path, and its place in the view. */
  readOnly: readonly { host: string; at: string }[];
  /** Made anew in the view, as /bin, which leads to usr/bin. */
  links: readonly { target: string; at: string }[];
  /** The person's homes: no root of a policy may be one, or hold one. */
  homes: readonly string[];
  /** Our own directories: nothing of a policy but its own roots may lie in one, be one, or hold one. */
  own: readonly string[];
}

/** What the launcher takes of mounts, and again of protected, hidden and masked paths (MAX_ITEMS of native/policy.h). */
export const MOST_ITEMS = 1_000;
/** PATH_MAX of Linux, without the NUL. */
const MOST_PATH_BYTES = 4_095;
const MOST_VARIABLES = 511;

/**
 * The flags of a run, up to the `--` before its command. Throws a Fault for a policy that could not hold: paths that are not
 * absolute and normal, writable roots that overlap, roots that hold the home or our own directories, protection without effect.
 */
export function compile(policy: SandboxPolicy, system: SystemView): string[] {
  check(policy, system);
  const { workspace, readRoots, ownRoots, tmpfs, protect, hide, maskSockets, cwd, env } = policy;
  return [
    ...system.readOnly.flatMap(({ host, at }) => (host === at ? ['--ro', host] : ['--ro-at', host, at])),
    ...system.links.flatMap(({ target, at }) => ['--symlink', target, at]),
    ...readRoots.flatMap((path) => ['--ro', path]),
    ...ownRoots.flatMap(({ host, at }) => ['--rw-at', host, at]),
    ...tmpfs.flatMap(({ path, bytes }) => ['--tmpfs', path, String(bytes)]),
    ...[policy.access === 'write' ? '--rw' : '--ro', workspace],
    ...protect.flatMap((path) => partFlag('--protect', path)),
    ...hide.flatMap((path) => partFlag('--hide', path)),
    ...maskSockets.flatMap((path) => ['--mask-socket', path]),
    ...networkFlags(policy.network),
    ...limitFlags(policy.limits),
    ...['--unix', 'private', '--landlock-min', '1', '--cwd', cwd],
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(policy.pty === null ? [] : ['--pty', `${policy.pty.columns}x${policy.pty.rows}`]),
  ];
}

/** An argument is text: other bytes are spelt out. */
const partFlag = (flag: '--protect' | '--hide', path: string): string[] =>
  isRaw(path) ? [`${flag}-hex`, bytesOf(path).toString('hex')] : [flag, path];

function networkFlags(network: SandboxPolicy['network']): string[] {
  switch (network.mode) {
    case 'none':
      return ['--net', 'none'];
    case 'proxy':
      return ['--net', `proxy:${network.socket}:${network.port}`];
    case 'host':
      return ['--net', 'host', ...network.connectPorts.flatMap((port) => ['--connect-port', String(port)])];
  }
}

/** The clock and the output are watched by who starts the launcher. */
const limitFlags = ({ pids, nofile, fileBytes, dataBytes }: SandboxPolicy['limits']): string[] =>
  Object.entries({ pids, nofile, fsize: fileBytes, data: dataBytes }).flatMap(([name, value]) => [
    '--limit',
    `${name}=${value}`,
  ]);

/** Throws a Fault for a policy that could not hold, whoever is to carry it out. */
export function check(policy: SandboxPolicy, system: SystemView): void {
  const shape = SandboxPolicy.safeParse(policy);
  if (!shape.success) {
    const [issue] = shape.error.issues;
    throw refused(`${issue?.path.join('.') ?? 'policy'}: ${issue?.message ?? 'not as expected'}`);
  }
  for (const path of pathsOf(policy)) checkPath(path);
  checkRoots(policy, system);
  checkParts(policy, system);
  checkCounts(policy, system);
  for (const [name, value] of Object.entries(policy.env))
    if (value.includes('\0')) throw refused(`the variable ${name} holds a NUL`);
}

const pathsOf = (policy: SandboxPolicy): string[] => [
  ...[policy.workspace, policy.cwd, ...policy.readRoots, ...policy.protect, ...policy.hide, ...policy.maskSockets],
  ...policy.ownRoots.flatMap(({ host, at }) => [host, at]),
  ...policy.tmpfs.map(({ path }) => path),
  ...(policy.network.mode === 'proxy' ? [policy.network.socket] : []),
];

function checkPath(path: string): void {
  const shown = JSON.stringify(path);
  if (!path.startsWith('/') || path.includes('\0')) throw refused(`${shown} is not an absolute path`);
  const names = path.slice(1).split('/');
  if (path !== '/' && names.some((name) => name === '' || name === '.' || name === '..'))
    throw refused(`${shown} is not a normal path`);
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) throw refused(`${shown.slice(0, 80)}… is too long for a path`);
}

/** True where `path` is `root` or lies in it. */
export const within = (path: string, root: string): boolean =>
  path === root || root === '/' || path.startsWith(`${root}/`);

function checkRoots(policy: SandboxPolicy, system: SystemView): void {
  const { workspace, readRoots, ownRoots, tmpfs } = policy;
  const shared = [workspace, ...readRoots];
  for (const root of [...shared, ...ownRoots.flatMap(({ host, at }) => [host, at]), ...tmpfs.map(({ path }) => path)]) {
    if (root === '/') throw refused('`/` is the whole machine: name what is needed');
    if (within(root, '/proc') || within(root, '/dev'))
      throw refused(`${root}: /proc and /dev are the launcher's to make`);
  }
  for (const root of [...shared, ...ownRoots.map(({ host }) => host)]) {
    const home = system.homes.find((one) => within(one, root));
    if (home !== undefined) throw refused(`${root} is, or holds, the home ${home}`);
  }
  for (const root of shared) {
    const own = system.own.find((one) => within(one, root) || within(root, one));
    if (own !== undefined) throw refused(`${root} overlaps ${own}, which is ours alone`);
  }
  const writable = [workspace, ...ownRoots.map(({ host }) => host)];
  checkApart(writable, [...writable, ...readRoots, ...system.readOnly.map(({ host }) => host)]);
  const places = [...shared, ...ownRoots.map(({ at }) => at), ...tmpfs.map(({ path }) => path)];
  const all = [...places, ...system.readOnly.map(({ at }) => at), ...system.links.map(({ at }) => at)];
  const twice = all.find((place, i) => all.indexOf(place) !== i);
  if (twice !== undefined) throw refused(`two things are to stand at ${twice}`);
  const inside = all.find((place) => place !== workspace && within(place, workspace));
  if (inside !== undefined) throw refused(`${inside} would stand inside the workspace`);
}

/** What is writable under one name must not be there under another. `all` begins with `writable`. */
function checkApart(writable: readonly string[], all: readonly string[]): void {
  writable.forEach((one, i) => {
    const other = all.find((path, j) => j !== i && (within(path, one) || (j < writable.length && within(one, path))));
    if (other !== undefined) throw refused(`${one}, which is writable, overlaps ${other}`);
  });
}

function checkParts(policy: SandboxPolicy, system: SystemView): void {
  const { workspace, readRoots, protect, hide, maskSockets, access, cwd } = policy;
  const below = (path: string, roots: readonly string[]) =>
    roots.some((root) => path !== root && within(path, root) && root !== '/');
  const seen = [workspace, ...readRoots];
  if (!within(cwd, workspace)) throw refused(`the working directory ${cwd} does not lie in the workspace`);
  if (access === 'read' && protect.length > 0) throw refused('nothing is to be protected where all is read-only');
  for (const path of protect)
    if (!below(path, [workspace])) throw refused(`${path} is protected, but not a part of the workspace`);
  const masked = [...seen, ...system.readOnly.map(({ at }) => at)];
  for (const [path, roots] of [
    ...hide.map((one) => [one, seen] as const),
    ...maskSockets.map((one) => [one, masked] as const),
  ])
    if (!below(path, roots)) throw refused(`${path} is hidden, but lies in nothing that is in view`);
}

function checkCounts(policy: SandboxPolicy, system: SystemView): void {
  const mounts = 1 + policy.readRoots.length + policy.ownRoots.length + policy.tmpfs.length + system.readOnly.length;
  const parts = policy.protect.length + policy.hide.length + policy.maskSockets.length;
  if (mounts > MOST_ITEMS) throw refused(`${mounts} folders are to be in view; ${MOST_ITEMS} are the most`);
  if (parts > MOST_ITEMS)
    throw refused(
      `${parts} protected and hidden paths stand in the workspace; ${MOST_ITEMS} are the most that can be held`,
    );
  const variables = Object.keys(policy.env).length;
  if (variables > MOST_VARIABLES) throw refused(`${variables} variables; ${MOST_VARIABLES} are the most`);
}

const refused = (why: string): Fault =>
  new Fault({
    status: 422,
    code: 'policy_refused',
    message: `The sandbox would not hold: ${why}.`,
    hint: 'Nothing was run. vtcode sandbox status says what is in force.',
  });
