/** Installs Debian packages for the tests, where that may be done without asking anybody. */
import { execFileSync } from 'node:child_process';

export const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'];

/**
 * True when the packages were installed; false where there is no apt, or no right to use it. Throws where apt fails.
 * @param {string} why
 * @param {string[]} packages
 */
export function installPackages(why, packages) {
  if (!mayInstall()) return false;
  const before = isRoot() ? [] : ['sudo', '-n'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of [
    ['apt-get', 'update'],
    [...INSTALL, ...packages],
  ]) {
    const [program, ...args] = [...before, ...command];
    process.stdout.write(`${why}: ${[program, ...args].join(' ')}\n`);
    if (program) execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  }
  return true;
}

const isRoot = () => process.getuid?.() === 0;

const mayInstall = () => succeeds('apt-get', ['--version']) && (isRoot() || succeeds('sudo', ['-n', 'true']));

/**
 * @param {string} program
 * @param {string[]} args
 */
function succeeds(program, args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // missing or refused: either way it cannot be used
  }
}
