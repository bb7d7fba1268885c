/** Why a write did not happen: thrown inside this room, and made an Outcome in one place. */
import { visible } from '../base/visible.ts';

export class NotWritten extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'NotWritten';
    this.code = code;
  }
}

export const changed = (path: string, how: string): NotWritten =>
  new NotWritten(
    'changed',
    `${visible(path)} is not what it was when this change was planned: ${how}. Read it again and plan the change anew.`,
  );

/** Any failure as a NotWritten: the system's errors in our words. What is no system error is a bug, and is thrown on. */
export function notWritten(error: unknown, path: string): NotWritten {
  if (error instanceof NotWritten) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') throw error;
  const shown = visible(path);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new NotWritten(
        'no_space',
        `The disk or the quota is full (${code}); ${shown} was not written. Free some space.`,
      );
    case 'EROFS':
      return new NotWritten('read_only', `${shown} is on a file system that is mounted read-only.`);
    case 'EACCES':
    case 'EPERM':
      return new NotWritten(
        'permission',
        `The system denies writing ${shown} (${code}): look at who owns it and its folder.`,
      );
    case 'EXDEV':
      return new NotWritten(
        'other_device',
        `${shown} is on another mount than the workspace, where a file cannot be replaced in one step. It was left alone.`,
      );
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return changed(path, 'a folder on the way to it was moved or replaced');
    default:
      return new NotWritten('io', `${shown} was not written: ${message}.`);
  }
}
