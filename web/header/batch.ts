/** Which of the waiting requests are alike, so that they can be answered as one list, each with its own tick and its own answer. */
import type { Action } from '../../shared/action.ts';
import type { PendingApproval } from '../../shared/api.ts';

export interface Batch {
  key: string;
  requests: PendingApproval[];
}

/** Lists of two or more, in the order of their first; what has no like is in none. */
export function batchesOf(waiting: readonly PendingApproval[]): Batch[] {
  const found = new Map<string, PendingApproval[]>();
  for (const request of waiting) {
    const key = likenessOf(request);
    if (key !== null) found.set(key, [...(found.get(key) ?? []), request]);
  }
  return [...found].filter(([, requests]) => requests.length > 1).map(([key, requests]) => ({ key, requests }));
}

/**
 * Alike are: reads, edits and hosts of one turn, asked for by the same rules. Commands are not, whatever they say: each is to be
 * read. Nor is what could not be read to its end, or what something runs later.
 */
function likenessOf({ session, turn, action, verdict, answers }: PendingApproval): string | null {
  const kind = kindOf(action);
  if (kind === null || !verdict.inspectable || !answers.includes('allow-once')) return null;
  if (verdict.reasons.some(({ about }) => about.kind === 'execSurface' || about.kind === 'executable')) return null;
  const rules = verdict.reasons.filter(({ decision }) => decision === verdict.decision).map(({ rule }) => rule);
  return JSON.stringify([session, turn, kind, [...new Set(rules)].sort()]);
}

function kindOf(action: Action): string | null {
  switch (action.kind) {
    case 'read':
      return action.tool;
    case 'edit':
      return [...new Set(action.changes.map(({ op }) => op))].sort().join(' ');
    case 'connect':
      return `connect ${action.command.actionId}`;
    case 'command':
    case 'question':
    case 'task':
    case 'terminal':
      return null;
  }
}
