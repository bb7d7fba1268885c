/** What runs below a process, and whether it still does. */
import { readFileSync } from 'node:fs';

/** Its children and theirs, outermost first. Pids as the host counts them. */
export function descendants(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendants)];
}

export function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`).trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** A zombie has ended: who reaps it is not our affair. */
export const isAlive = (pid: number): boolean => /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));

/** Resolves when the named program, below `pid`, runs and its group has the terminal. */
export async function inForeground(pid: number, name: string): Promise<void> {
  const isThere = () =>
    descendants(pid).some((one) => {
      // After the name: state, parent, group, session, terminal, the terminal's foreground group.
      const [, comm, state, , group, , , foreground] =
        /^\d+ \((.*)\) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)/.exec(read(`/proc/${one}/stat`)) ?? [];
      return comm === name && state !== 'T' && group === foreground;
    });
  while (!isThere()) await new Promise(setImmediate);
}

/** Resolves when none of them runs any more. */
export async function allGone(pids: number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise(setImmediate);
}

/** Empty where the process is gone. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
