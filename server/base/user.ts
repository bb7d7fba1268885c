/** The person whose process this is, as the system knows them; also where it knows only a number. */
import { homedir, userInfo } from 'node:os';

export interface SystemUser {
  uid: number;
  name: string;
  /** Absolute; empty where the system knows none. */
  home: string;
}

/** Never throws: in a container a process may run as a user that no passwd file lists, and os.userInfo() then fails. */
export function systemUser(): SystemUser {
  try {
    const { uid, username, homedir: home } = userInfo();
    return { uid, name: username, home };
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { uid, name: `uid-${uid}`, home: homeOrNone() };
  }
}

/** As the actor of an event is named, `user:NAME/…`: without what would end the name or a line. */
export const nameInActor = (name: string): string => name.replace(/[/\p{Cc}]/gu, '_') || 'unknown';

/** Their shell, absolute; one that takes part in no conversation (`nologin`) is none. */
export function userShell(): string {
  try {
    const { shell } = userInfo();
    return shell !== null && /^\/.*\/(?!nologin$|false$)[^/]+$/.test(shell) ? shell : '/bin/bash';
  } catch {
    return '/bin/bash'; // no passwd entry
  }
}

function homeOrNone(): string {
  try {
    return homedir();
  } catch {
    return ''; // neither HOME nor a passwd entry
  }
}
