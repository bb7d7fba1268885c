/**
 * Where there is no launcher, for want of a C compiler: bubblewrap makes the namespaces and the view and loads our seccomp
 * filter, prlimit sets the bounds. There is no Landlock, no terminal, and one command runs at a time. Pure, as compile.ts.
 */
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { Fault } from '../base/fault.ts';
import { bwrapView, type BwrapAssistant } from './assisted.ts';
import { check, type SystemView } from './compile.ts';

export interface PartialAssistant extends BwrapAssistant {
  kind: 'filter';
  /** native/filter-ARCH.bpf: instructions as the kernel takes them. */
  filter: string;
}

export const SHELL = '/bin/sh';
export const PRLIMIT = '/usr/bin/prlimit';

/** bubblewrap takes a filter by descriptor only, and whoever starts it (a terminal does) may have no way to hand one over. */
export const WITH_FILTER = 'exec 9<"$1" && shift && exec "$@"';

/** Said on the control channel, where there is one, by what bubblewrap starts: all is in force then. As the launcher says it. */
const BEGIN = [
  'if [ "$1" = --control-fd ]; then printf "%s\\n" "$3" >&3; exec 3>&-; shift 2; fi',
  'shift',
  'exec "$@"',
].join('\n');
const IN_FORCE = {
  ...{ confined: true, namespaces: true, network: 'none', landlock: 0, seccomp: true },
  pids: process.getuid?.() === 0 ? 'none' : 'nproc', // prlimit does not bind root
};

/** The whole command line before the command. Between its two parts the control channel may be named, as with the launcher. */
export function compilePartial(
  policy: SandboxPolicy,
  system: SystemView,
  { assistant, folders }: { assistant: PartialAssistant; folders: ReadonlySet<string> },
): { flags: string[]; before: string[] } {
  check(policy, system);
  if (policy.network.mode !== 'none') throw noNetwork(policy.network.mode);
  const { pids, nofile, fileBytes, dataBytes } = policy.limits;
  const env = Object.entries({ ...policy.env, VTCODE_SANDBOX: '1' });
  const flags = [
    ...[SHELL, '-c', WITH_FILTER, SHELL, assistant.filter],
    ...bwrapView(policy, system, { assistant, folders }),
    ...env.flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--seccomp', '9', '--remount-ro', '/proc', '--remount-ro', '/', '--chdir', policy.cwd, '--'],
    ...[PRLIMIT, '--core=0:0', `--nproc=${pids}`, `--nofile=${nofile}`, `--fsize=${fileBytes}`, `--data=${dataBytes}`],
    ...['--', SHELL, '-c', BEGIN, SHELL],
  ];
  return { flags, before: [JSON.stringify(IN_FORCE)] };
}

const noNetwork = (mode: 'proxy' | 'host') =>
  new Fault({
    status: 422,
    code: 'no_network_here',
    message: `Network ${mode} needs the launcher, and it could not be compiled here.`,
    hint: 'Install a C compiler and start again: apt-get install gcc libc6-dev. Or use network none.',
  });
