/** Deleted sessions: out of sight at once, back on a wish for a while, then without their content for good. */
import { and, desc, eq, lt, ne } from 'drizzle-orm';
import type { Actor } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Blobs } from './blobs.ts';
import { erase } from './erase.ts';
import type { EventLog } from './log.ts';
import type { Db } from './open.ts';
import { audit, events, sessions } from './schema.ts';
import { noSession, type SessionReads } from './sessions.ts';

export interface Trash {
  /** Deletes a session, with time to change one's mind. Throws a Fault 409 while it works. */
  put(session: SessionId, actor: Actor): { until: string };
  /** Brings it back. Throws a Fault 410 once its content has gone. */
  restore(session: SessionId, actor: Actor): void;
  /** Deletes it at once; its content has gone when this resolves. */
  remove(session: SessionId, actor: Actor): Promise<void>;
  /** Deletes those at rest that nobody touched for so many days, but for the pinned ones; answers how many. */
  retire(days: number, now: number): Promise<number>;
  /** Carries out what is due, now and as it falls due, and looks once a day for what is to retire. */
  start(options: TrashOptions): void;
  /** Waits for what is under way; what is not due yet is left to the next start. */
  close(): Promise<void>;
}

export interface TrashDeps {
  db: Db;
  log: EventLog;
  reads: Pick<SessionReads, 'get'>;
  blobs: Blobs;
}

export interface TrashOptions {
  /** After how many days sessions retire; null: never. */
  keepDays: number | null;
  /** Whether something of a session still runs, though no turn does: then it does not retire. */
  busy(session: SessionId): boolean;
  /** Ends what runs of a session and waits until that is recorded: called before its content goes, so that nothing comes after. */
  end(session: SessionId): Promise<void>;
  /** It is tried again at the next start. */
  onFailed(session: SessionId | null, error: unknown): void;
}

export const createTrash = (deps: TrashDeps): Trash => new Bin(deps);

class Bin implements Trash {
  readonly #deps: TrashDeps;
  readonly #timers = new Map<SessionId, NodeJS.Timeout>();
  /** Null where no server runs: then nothing else does. */
  #running: TrashOptions | null = null;
  #daily: NodeJS.Timeout | null = null;
  /** One after the other: each looks through all events for what it shares. */
  #work: Promise<void> = Promise.resolve();

  constructor(deps: TrashDeps) {
    this.#deps = deps;
  }

  put(session: SessionId, actor: Actor): { until: string } {
    const until = this.#trash(session, actor, LIMITS.undoMs.value);
    this.#schedule(session, until);
    return { until };
  }

  restore(session: SessionId, actor: Actor): void {
    const { db, log } = this.#deps;
    const row = db.orm
      .select({ until: sessions.trashedUntil })
      .from(sessions)
      .where(and(eq(sessions.id, session), ne(sessions.trashedUntil, '')))
      .get();
    if (!row || row.until <= new Date().toISOString() || this.#isDeleted(session)) throw gone(session);
    log.record({ type: 'session.restored', data: {}, session, turn: null, actor }, 'synced');
    clearTimeout(this.#timers.get(session));
    this.#timers.delete(session);
  }

  async remove(session: SessionId, actor: Actor): Promise<void> {
    this.#trash(session, actor, 0);
    await this.#erase(session, 'person', actor);
  }

  async retire(days: number, now: number): Promise<number> {
    const before = new Date(now - days * DAY_MS).toISOString();
    const { db } = this.#deps;
    const old = and(lt(sessions.updatedAt, before), eq(sessions.pinned, false), eq(sessions.trashedUntil, ''));
    const rows = db.orm.select({ id: sessions.id, turn: sessions.turn }).from(sessions).where(old).all();
    const rested = rows
      .filter(({ turn }) => turn === null)
      .map(({ id }) => id as SessionId)
      .filter((id) => this.#running?.busy(id) !== true);
    for (const session of rested) {
      this.#trash(session, 'system', 0);
      await this.#erase(session, 'retention', 'system');
    }
    return rested.length;
  }

  start(options: TrashOptions): void {
    this.#running = options;
    const { keepDays, onFailed } = options;
    if (keepDays !== null) {
      const retire = () => void this.retire(keepDays, Date.now()).catch((error: unknown) => onFailed(null, error));
      this.#daily = setInterval(retire, DAY_MS).unref();
      retire();
    }
    const { id, trashedUntil } = sessions;
    const rows = this.#deps.db.orm.select({ id, trashedUntil }).from(sessions).where(ne(trashedUntil, '')).all();
    for (const row of rows) this.#schedule(row.id as SessionId, row.trashedUntil);
  }

  async close(): Promise<void> {
    clearInterval(this.#daily ?? undefined);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await this.#work;
  }

  #trash(session: SessionId, actor: Actor, ms: number): string {
    const { log, reads } = this.#deps;
    if (reads.get(session).state !== 'rested') throw running();
    const until = new Date(Date.now() + ms).toISOString();
    log.record({ type: 'session.trashed', data: { until }, session, turn: null, actor }, 'synced');
    return until;
  }

  #schedule(session: SessionId, until: string): void {
    const wait = Math.max(0, Date.parse(until) - Date.now());
    const due = () => {
      this.#timers.delete(session);
      this.#erase(session, 'person', this.#whoTrashed(session)).catch((error: unknown) =>
        this.#running?.onFailed(session, error),
      );
    };
    this.#timers.set(session, setTimeout(due, Math.min(wait, LIMITS.undoMs.value)).unref());
  }

  #erase(session: SessionId, why: 'person' | 'retention', actor: Actor): Promise<void> {
    const { db, blobs, log } = this.#deps;
    const run = async () => {
      await this.#running?.end(session);
      if (!this.#isDeleted(session)) {
        const { chainSeq, hash } = log.headOf(session);
        const data = { session, why, events: chainSeq, chainSeq, hash };
        log.record({ type: 'session.deleted', data, session: null, turn: null, actor }, 'synced');
      }
      await erase({ db, blobs }, session);
    };
    const done = this.#work.then(run);
    this.#work = done.catch(() => undefined); // told to who waits for it; the next one is not held up
    return done;
  }

  /** Whether it is in the record that its content goes: from then on there is no way back. */
  #isDeleted(session: SessionId): boolean {
    const said = and(eq(audit.type, 'session.deleted'), eq(audit.title, session));
    return this.#deps.db.orm.select({ seq: audit.seq }).from(audit).where(said).get() !== undefined;
  }

  #whoTrashed(session: SessionId): Actor {
    const mine = and(eq(events.chain, session), eq(events.type, 'session.trashed'));
    const { orm } = this.#deps.db;
    const row = orm.select({ actor: events.actor }).from(events).where(mine).orderBy(desc(events.seq)).get();
    return row?.actor ?? 'system';
  }
}

const DAY_MS = 86_400_000;

const running = () =>
  new Fault({
    status: 409,
    code: 'session_running',
    message: 'The session is at work, or waits for an answer; it is deleted only at rest.',
    hint: 'Stop it first.',
  });

const gone = (session: SessionId) => {
  const { message } = noSession(session);
  return new Fault({
    status: 410,
    code: 'session_gone',
    message: `${message} If it was deleted, its content has gone.`,
    hint: 'What is left is its tombstone in the record: vtcode audit verify counts them.',
  });
};
