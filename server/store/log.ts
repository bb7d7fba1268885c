/** The event log as the rest of the server sees it. */
import type { NewEvent, SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';

export interface EventLog {
  /**
   * Stores, numbers and chains an event, then publishes it on the bus. `synced`: on the disk before it returns, for what is
   * acknowledged to a person or to the model. Throws a Fault (503 or 507) when it cannot be stored; nothing was published then.
   */
  record(event: NewEvent, durability?: 'batched' | 'synced'): SessionEvent;
  /** Events with a seq above `after`, rising, at most `limit`; of these sessions and the workspace chain, or of all for null. */
  after(after: number, options: { sessions: readonly SessionId[] | null; limit: number }): SessionEvent[];
  /** Events of one session, rising: at most `limit`, the last ones below `before`. */
  window(session: SessionId, options: { before: number; limit: number }): SessionEvent[];
  /** All events of a session, rising, read page by page. */
  all(session: SessionId): Iterable<SessionEvent>;
  /** The highest seq so far; 0 in an empty log. */
  head(): number;
}
