/** Whether the process that left a note of its own is still there. */
import { readFileSync } from 'node:fs';

export interface Writer {
  pid: number;
  /** As `startOf` told it. */
  start: string;
}

let own: Writer | null = null;
/** Neither changes while we run. */
export const ourselves = (): Writer => (own ??= { pid: process.pid, start: startOf(process.pid) });

/** The same process, not another one that got its number. */
export function isAlive({ pid, start }: Writer): boolean {
  const now = startOf(pid);
  return now !== '' && now === start;
}

/** When a process started, in the system's own words; empty where there is none. Field 22 of proc(5). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
