/** The programs that the tests of the sandbox run inside it; what is missing is installed where that is possible. */
import { existsSync } from 'node:fs';
import { INSTALL, installPackages } from './debian.mjs';

/** Each program with the Debian package that brings it. */
const PROGRAMS = Object.entries({
  ...{ bash: 'bash', git: 'git', gcc: 'gcc', make: 'make', python3: 'python3', curl: 'curl', ps: 'procps' },
  ...{ patch: 'patch', less: 'less', vim: 'vim', script: 'bsdutils', bwrap: 'bubblewrap' },
  ...{ flock: 'util-linux', ipcs: 'util-linux', ipcmk: 'util-linux', chrt: 'util-linux' },
  ...{ unshare: 'util-linux', setpriv: 'util-linux', strace: 'strace' },
});

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin'];

const missing = () => PROGRAMS.filter(([name]) => !DIRECTORIES.some((directory) => existsSync(`${directory}/${name}`)));

/** On Linux alone: there is no sandbox to test elsewhere. Throws with the command to type where something stays missing. */
export function ensurePrograms() {
  if (process.platform !== 'linux' || missing().length === 0) return;
  const packages = [...new Set(missing().map(([, name]) => name))];
  installPackages('Programs for the tests of the sandbox are missing', packages);
  if (missing().length === 0) return;
  const names = missing().map(([name]) => name);
  throw new Error(
    `Missing: ${names.join(', ')}. Install them and run the tests again:\n\n    sudo ${INSTALL.join(' ')} ${packages.join(' ')}`,
  );
}
