/** The programs that run on the host, outside any sandbox: why each, and what its argv may be. */
import { basename, isAbsolute } from 'node:path';
import type { HostProgram } from '../base/spawn.ts';
import { SHELL, WITH_FILTER } from '../sandbox/partial.ts';

export interface HostEntry {
  why: string;
  /** Arguments that always come first. */
  fixed: readonly string[];
  /** What is wrong with the file and the arguments that the caller adds; empty where nothing is. */
  problem(file: string, rest: readonly string[]): string;
  /** It hands over to another program, which lives on after it: its group is not killed at its end, its output is not read. */
  outlives: boolean;
}

export const HOST_PROGRAMS: Readonly<Record<HostProgram, HostEntry>> = {
  search: {
    why: 'Searches text in the workspace. ripgrep reads files and nothing else; no config, no pre-processor, no links followed.',
    fixed: [
      '--no-config',
      '--json',
      '--no-follow',
      '--no-pre',
      '--no-search-zip',
      '--no-messages',
      '--no-ignore-global',
      '--no-ignore-parent',
      '--no-require-git',
      '--hidden',
      '--engine=default',
      '--threads=2',
    ],
    problem: (file, rest) => (named(file, ['rg', 'rg.exe']) ? searchProblem(rest) : 'the program is not rg'),
    outlives: false,
  },
  'open-browser': {
    why: 'Opens the page in the browser of the person who started the server.',
    fixed: [],
    problem: (file, rest) => {
      if (!named(file, ['xdg-open', 'open', 'wslview', 'x-www-browser', 'sensible-browser']))
        return 'not a known opener';
      // Every user sees the arguments of every process, so never the link itself: a file that leads on to it.
      const url = rest.length === 1 ? rest[0]! : '';
      return /^file:\/\/\/[^?#]*\/open-[0-9a-f]{24}\.html$/.test(url)
        ? ''
        : 'not one of the pages that lead to our link';
    },
    outlives: true,
  },
  'limit-core': {
    why: 'Sets the size of core dumps of this very process to nothing, so that no key lands in one.',
    fixed: ['--core=0:0', `--pid=${process.pid}`],
    problem: (file, rest) => {
      if (!named(file, ['prlimit'])) return 'the program is not prlimit';
      return rest.length === 0 ? '' : 'it takes no further arguments';
    },
    outlives: false,
  },
  'key-command': {
    why: "Asks the user's own password store for a provider's key, as their own config says.",
    fixed: [],
    problem: (_file, rest) => (rest.length <= 64 ? '' : 'more than 64 arguments'),
    outlives: false,
  },
  'compile-launcher': {
    why: 'Compiles the sandbox launcher from the sources that came with this program, where it was not built with it.',
    fixed: [
      ...['-std=c17', '-D_GNU_SOURCE', '-O2', '-fPIE', '-pie', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
      '-Wl,-z,relro,-z,now,-z,noexecstack',
    ],
    problem: (file, rest) => {
      if (!named(file, ['cc', 'gcc', 'clang'])) return 'the program is not a C compiler';
      const [flag, target = '', ...sources] = rest;
      if (flag !== '-o' || !isAbsolute(target)) return 'expected -o and an absolute path';
      const bad = sources.find((path) => !isAbsolute(path) || !/\/native\/[a-z-]+\.c$/.test(path));
      return bad === undefined && sources.length > 0 ? '' : `${JSON.stringify(bad ?? '')} is no source of the launcher`;
    },
    outlives: false,
  },
  sandbox: {
    why: 'Asks the launcher what the kernel offers, and runs the attacks of the test at start behind it.',
    fixed: [],
    problem: (file, rest) => {
      if (file === SHELL)
        return rest[0] === '-c' && rest[1] === WITH_FILTER && rest[4] === '/usr/bin/bwrap' && rest.includes('--seccomp')
          ? ''
          : 'not bubblewrap with its filter';
      if (!named(file, ['vtcode-sandbox', 'bwrap'])) return 'the program is not the launcher';
      if (rest.length === 1 && (rest[0] === '--probe' || rest[0] === '--version')) return '';
      return rest.includes('--cwd') && rest.includes('--')
        ? ''
        : 'expected --probe or --version, or a policy and a command';
    },
    outlives: false,
  },
  'host-terminal': {
    why: "The person's own shell on this machine, for which they answered a request of its own. What our other terminals hold open is closed before it starts.",
    fixed: ['-c', 'for f in /dev/fd/*; do n=${f##*/}; ((n > 2)) && eval "exec $n>&-"; done; exec "$@"', 'terminal'],
    problem: (file, rest) => {
      if (file !== HOST_STARTER) return `the program is not ${HOST_STARTER}`;
      return rest.length === 2 && isAbsolute(rest[0]!) && rest[1] === '-i' ? '' : 'expected a shell and -i';
    },
    outlives: false,
  },
};

/** Closes descriptors by any number, which the plainer shells cannot. */
export const HOST_STARTER = '/bin/bash';

const named = (file: string, names: readonly string[]) => names.includes(basename(file));

/** Options that the caller of a search may add; then `-e PATTERN -- PATH…`. */
const SEARCH_OPTION = /^(--glob=.+|--iglob=.+|--smart-case|--max-count=\d+|--max-filesize=\d+[KM]?)$/s;

function searchProblem(rest: readonly string[]): string {
  const at = rest.indexOf('-e');
  const bad = rest.slice(0, at < 0 ? undefined : at).find((word) => !SEARCH_OPTION.test(word));
  if (bad !== undefined) return `the option ${JSON.stringify(bad)} is not one that a search may add`;
  return at >= 0 && rest[at + 2] === '--' && rest.length === at + 4 ? '' : 'expected -e PATTERN -- PATH';
}
