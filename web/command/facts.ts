/** What is said of a command, from its action alone: what is executed, where, how long, with which network. */
import type { CommandAction, TaskAction } from '../../shared/action.ts';
import { drawnOf, gitWords } from '../../shared/drawn.ts';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import type { IconName } from '../ui/icons.ts';
import { hiddenCount } from '../ui/visible.ts';
import { hiddenInScript } from './script.ts';

export interface RunFact {
  icon: IconName;
  label: string;
  text: string;
  /** Exact names, drawn as code. */
  names: string[];
  /** What is more than a command gets by itself. */
  more: boolean;
}

export function runFacts(action: CommandAction): RunFact[] {
  const { cwd, limits, git, background } = action;
  const fact = (icon: IconName, label: string, text: string): RunFact => ({
    icon,
    label,
    text,
    names: [],
    more: false,
  });
  const folder = cwd === '.' ? fact('folder', 'Folder', 'The workspace') : { ...fact('folder', 'Folder', ''), names: [cwd] }; // prettier-ignore
  return [
    folder,
    fact('clock', 'Time limit', timeWords(limits.wallMs)),
    networkFact(action),
    git === 'readonly'
      ? fact('branch', 'Git', 'Read-only')
      : { ...fact('branch', 'Git', 'Written, but not its hooks and settings'), more: true },
    ...(background ? [{ ...fact('play', 'Background', 'Runs on beside the turn'), more: true }] : []),
  ];
}

function networkFact({ network }: CommandAction): RunFact {
  const label = 'Network';
  switch (network.mode) {
    case 'none':
      return { icon: 'nonet', label, text: 'No network', names: [], more: false };
    case 'proxy':
      return {
        icon: 'globe',
        label,
        text: network.hosts.length === 0 ? 'Through a proxy, each host asks' : 'Through a proxy to',
        names: network.hosts,
        more: true,
      };
    case 'host':
      return { icon: 'globe', label, text: 'The network of this machine', names: network.hosts, more: true };
  }
}

/** Exact: `10 min`, `90 s`, `1 h 30 min`, `1.5 s`. */
export function timeWords(ms: number): string {
  if (ms % 1_000 !== 0 || ms < 1_000) return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
  const seconds = ms / 1_000;
  if (seconds % 60 !== 0) return `${seconds} s`;
  const [hours, minutes] = [Math.floor(seconds / 3_600), (seconds / 60) % 60];
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : ''].filter((word) => word !== '').join(' ');
}

/** Hidden characters in what is executed, where, and with which variables. */
export function hiddenInCommand(action: CommandAction): number {
  const { cwd, env, network } = action;
  const drawn = drawnOf(action);
  const words = drawn.kind === 'script' ? [] : drawn.kind === 'commit' ? (drawn.paths ?? []) : action.argv;
  const names = [...words, cwd, ...Object.entries(env).flat(), ...network.hosts];
  const text = drawn.kind === 'script' ? drawn.script : drawn.kind === 'commit' ? drawn.message : '';
  return names.reduce((sum, name) => sum + hiddenCount(name), hiddenInScript(text));
}

const VERBS = {
  git_commit: 'Commit to git',
  git_branch: 'Make the git branch',
  git_switch: 'Switch to the git branch',
  git_restore: 'Restore from git',
  git_stash: 'Stash changes in git',
} as const;

/** Names that a title has room for. */
const NAMES = 3;

/** Without the script and the message: they stand below, whole. */
export function commandTitle({ tool, argv, script, background }: CommandAction): { verb: string; names: string[] } {
  if (tool === 'run_command') {
    const lines = script.replace(/\n+$/, '').split('\n').length;
    const one = lines > 1 ? `Run a script of ${lines} lines` : 'Run a command';
    return { verb: background ? 'Run in the background' : one, names: [] };
  }
  if (tool === 'git_stash')
    return { verb: argv.at(-1) === 'pop' ? 'Take stashed changes back' : VERBS[tool], names: [] };
  const names = tool === 'git_commit' ? [] : [...gitWords(argv)];
  return names.length > NAMES ? { verb: `${VERBS[tool]} ${names.length} paths`, names: [] } : { verb: VERBS[tool], names }; // prettier-ignore
}

export function taskTitle({ tool }: TaskAction): string {
  switch (tool) {
    case 'read_task':
      return 'Read the output of';
    case 'stop_task':
      return 'Stop';
    case 'list_tasks':
      return 'List background commands';
  }
}

export interface LayerWord {
  name: string;
  inForce: boolean;
  /** What it keeps from a command. */
  means: string;
}

export function layerWords({ namespaces, landlock, seccomp, pidLimit }: SandboxStatus['layers']): LayerWord[] {
  const abi = landlock > 0 ? `Landlock (ABI ${landlock})` : 'Landlock';
  return [
    { name: 'Namespaces', inForce: namespaces, means: 'own view of files, processes and network' },
    { name: abi, inForce: landlock > 0, means: 'files held again, by the kernel' },
    { name: 'seccomp', inForce: seccomp, means: 'calls to the kernel that no build needs are refused' },
    { name: 'Process limit', inForce: pidLimit, means: 'a fork bomb ends' },
  ];
}
