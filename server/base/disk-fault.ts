/** What the system says when a file of ours cannot be made or written, as a Fault with a way to mend it. */
import { Fault } from './fault.ts';

const KNOWN: Readonly<Record<string, { status: 503 | 507; code: string; why: string; hint: string }>> = {
  EROFS: {
    ...{ status: 503, code: 'disk_read_only', why: 'its disk is mounted read-only' },
    hint: 'What is recorded can be read there; for the rest mount it writable, or name another directory in VTCODE_STATE_DIR.',
  },
  ENOSPC: { status: 507, code: 'disk_full', why: 'the disk is full', hint: 'Make room, then try again.' },
  EDQUOT: { status: 507, code: 'disk_full', why: 'your quota is used up', hint: 'Make room, then try again.' },
  EACCES: {
    ...{ status: 503, code: 'no_access', why: 'you may not' },
    hint: 'Check the owner and the mode of it and of its directory.',
  },
};

/** Null for any other error. */
export function diskFault(error: unknown): Fault | null {
  if (!(error instanceof Error) || !('code' in error && 'syscall' in error)) return null;
  const { code: errno, syscall, path } = error as NodeJS.ErrnoException;
  // Making folders on the way, Node says so of a disk that is read-only.
  const known = KNOWN[errno === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : (errno ?? '')];
  if (!known) return null;
  const { status, code, why, hint } = known;
  return new Fault({
    status,
    code,
    message: `${path ?? 'A file'} cannot be used: ${why} (${syscall}: ${errno}).`,
    hint,
  });
}
