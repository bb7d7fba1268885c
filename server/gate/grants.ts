/** What a person allowed for a session: this exact thing again, no more, and no longer than the server runs. */
import type { Action } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import type { SessionId } from '../../shared/ids.ts';

export interface SessionGrants {
  add(session: SessionId, action: Action): void;
  covers(session: SessionId, action: Action): boolean;
  /** Trust was taken away: what was allowed under it is to be asked for anew. */
  clear(): void;
}

export function createSessionGrants(): SessionGrants {
  const granted = new Map<SessionId, Set<string>>();
  return {
    add(session, action) {
      const known = granted.get(session) ?? new Set();
      for (const key of keysOf(action)) known.add(key);
      granted.set(session, known);
    },
    clear: () => granted.clear(),
    covers(session, action) {
      const known = granted.get(session);
      const keys = keysOf(action);
      return known !== undefined && keys.length > 0 && keys.every((key) => known.has(key));
    },
  };
}

/**
 * For an edit: each of its paths with what is done to it. A grant to change a file is none to delete or move it. For a command:
 * all of it, to the letter. For a host: it and its port, whichever command asks.
 */
function keysOf(action: Action): string[] {
  if (action.kind === 'command') return [canonical(action)];
  if (action.kind === 'connect') return [JSON.stringify(['connect', action.host, action.port])];
  if (action.kind !== 'edit') return [];
  return action.changes.map(({ op, path, from }) => JSON.stringify([op === 'create' ? 'modify' : op, path, from]));
}
