/**
 * The Seatbelt profile of one run on macOS, for `/usr/bin/sandbox-exec`. Paths travel as parameters, never inside the profile's
 * text. Rules are read from the top, and the last one that fits decides: so the order is deny all, allow, deny again.
 */
import type { SandboxPolicy } from '../../shared/sandbox.ts';

export interface Profile {
  text: string;
  /** For `-D NAME=VALUE`. */
  params: { name: string; value: string }[];
}

export interface SeatbeltView {
  /** Of the system and of toolchains, by their real paths (`/private/tmp`, not `/tmp`). */
  readRoots: readonly string[];
  /** Folders and files that hold something protected: they may not be moved away or removed. */
  pinned: readonly string[];
}

export const SANDBOX_EXEC = '/usr/bin/sandbox-exec';

/** The whole command line up to the command. */
export function seatbeltLine({ text, params }: Profile): string[] {
  return [SANDBOX_EXEC, '-p', text, ...params.flatMap(({ name, value }) => ['-D', `${name}=${value}`]), '--'];
}

/** Pure. `policy` is as on Linux; what namespaces do there is done here by what is not allowed. */
export function seatbeltProfile(policy: SandboxPolicy, view: SeatbeltView): Profile {
  const params: Profile['params'] = [];
  const param = (prefix: string, value: string) => {
    const name = `${prefix}_${params.length}`;
    params.push({ name, value });
    return `(param "${name}")`;
  };
  const within = (prefix: string, path: string) => `(subpath ${param(prefix, path)})`;
  const same = (prefix: string, path: string) => `(literal ${param(prefix, path)})`;
  const workspace = within('WORKSPACE', policy.workspace);
  const own = policy.ownRoots.map(({ host }) => within('OWN', host));
  const read = [...view.readRoots, ...policy.readRoots].map((path) => within('READ', path));
  const lines = [
    '(version 1)',
    '(deny default)',
    ...PROCESS,
    '; read',
    rule('allow file-read* file-test-existence', [workspace, ...own, ...read, '(literal "/")']),
    rule(
      'allow file-read-metadata',
      ancestors([policy.workspace]).map((path) => same('ABOVE', path)),
    ),
    rule('allow process-exec', [workspace, ...own, ...read]),
    '; write',
    rule('allow file-link', policy.access === 'write' ? [workspace, ...own] : own),
    rule('allow file-write*', [...(policy.access === 'write' ? [workspace] : []), ...own]),
    ...TERMINAL,
    ...network(policy.network, param),
    '; no more: what follows takes away',
    rule(
      'deny file-write* file-link',
      policy.protect.map((path) => within('PROTECT', path)),
    ),
    ...(policy.access === 'write' ? gitRules(policy, param) : []),
    rule(
      'deny file-write-unlink',
      view.pinned.map((path) => same('PIN', path)),
    ),
    rule(
      'deny file-read* file-write* file-link process-exec',
      policy.hide.map((path) => within('HIDE', path)),
    ),
    rule(
      'deny network-outbound',
      policy.maskSockets.map((path) => same('SOCKET', path)),
    ),
    ...NEVER,
  ];
  return { text: `${lines.filter((line) => line !== '').join('\n')}\n`, params };
}

const rule = (what: string, filters: readonly string[]): string =>
  filters.length === 0 ? '' : `(${what}\n${filters.map((filter) => `  ${filter}`).join('\n')})`;

/** A program may start others and look at itself; signals and process facts stay in the sandbox. */
const PROCESS = [
  '(allow process-fork)',
  '(allow signal (target same-sandbox))',
  '(allow process-info* (target same-sandbox))',
  '(allow sysctl-read (sysctl-name-prefix "hw.") (sysctl-name-prefix "kern.os") (sysctl-name "kern.hostname")',
  '  (sysctl-name "kern.argmax") (sysctl-name "kern.maxfilesperproc") (sysctl-name "kern.ngroups")',
  '  (sysctl-name "kern.secure_kernel") (sysctl-name "kern.version") (sysctl-name "sysctl.proc_cputype")',
  '  (sysctl-name "vm.loadavg"))',
  '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo")',
  '  (global-name "com.apple.system.opendirectoryd.membership"))',
  '(allow ipc-posix-sem)',
  '(allow file-read* file-write-data (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))',
  '(allow file-read* (literal "/dev/random") (literal "/dev/urandom"))',
];

/** Terminals of its own, and the one that it was started on, for which the program that made it gives the extension. */
const TERMINAL = [
  '(allow pseudo-tty)',
  '(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))',
  '(allow file-read* file-write* file-ioctl (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))',
];

/** `none` is no rule at all: nothing is allowed. Never `localhost:*`, where this very server listens. */
function network(policy: SandboxPolicy['network'], param: (prefix: string, value: string) => string): string[] {
  switch (policy.mode) {
    case 'none':
      return [];
    case 'proxy':
      return [`(allow network-outbound (remote unix-socket (path-literal ${param('PROXY', policy.socket)})))`];
    case 'host':
      return [
        ...policy.connectPorts.map((port) => `(allow network-outbound (remote tcp "*:${port}"))`),
        '(deny network-outbound (remote ip "localhost:*"))',
        '(allow mach-lookup (global-name "com.apple.trustd.agent") (global-name "com.apple.dnssd.service"))',
        '(allow network-outbound (literal "/private/var/run/mDNSResponder"))',
      ];
  }
}

/**
 * By name, in any spelling, wherever it lies and whether it is there or not: what Linux needs placeholders and a look afterwards
 * for. A regular expression of ours has no path in it; it is bound to the workspace by the other filter.
 */
function gitRules(policy: SandboxPolicy, param: (prefix: string, value: string) => string): string[] {
  const below = `(subpath ${param('WORKSPACE', policy.workspace)})`;
  const names = policy.git === 'guarded' ? GUARDED : WHOLE;
  return [...names, ...OWN].map((regex) => `(deny file-write* file-link (require-all ${below} (regex #"${regex}")))`);
}

const WHOLE = ['/[.][gG][iI][tT](/.*)?$'];
const GUARDED = [
  '/[.][gG][iI][tT]/([hH][oO][oO][kK][sS]|[iI][nN][fF][oO]|[mM][oO][dD][uU][lL][eE][sS]|[wW][oO][rR][kK][tT][rR][eE][eE][sS])(/.*)?$',
  '/[.][gG][iI][tT]/([cC][oO][nN][fF][iI][gG]|[cC][oO][nN][fF][iI][gG][.][wW][oO][rR][kK][tT][rR][eE][eE]|[cC][oO][mM][mM][oO][nN][dD][iI][rR])$',
  '/[.][gG][iI][tT]/[rR][eE][bB][aA][sS][eE]-([mM][eE][rR][gG][eE]|[aA][pP][pP][lL][yY])(/.*)?$',
  '/[.][gG][iI][tT]$',
];
const OWN = [
  '/[.][vV][tT][cC][oO][dD][eE](/.*)?$',
  '/[vV][tT][cC][oO][dD][eE][.][tT][oO][mM][lL]$',
  '/[.][vV][tT]-[wW][oO][rR][kK][sS][pP][aA][cC][eE]-[tT][rR][uU][sS][tT]$',
];

/** Last, so that nothing above can have allowed them: other programs that would act for this one, and containers. */
const NEVER = [
  '(deny appleevent-send)',
  '(deny lsopen)',
  '(deny mach-register)',
  '(deny network-outbound (regex #"/docker[.]sock$") (regex #"/[.]docker/run/") (regex #"/podman[^/]*[.]sock$"))',
  '(deny mach-lookup (global-name-prefix "com.docker."))',
];

/** Without the path itself. */
function ancestors(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    const names = path.split('/').slice(1, -1);
    return names.map((_name, i) => `/${names.slice(0, i + 1).join('/')}`);
  });
  return [...new Set(found)];
}
