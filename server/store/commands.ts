/** Idempotency: the answer to each commandId, so that a command sent twice runs once, whatever happens in between. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { eq, lt, sql } from 'drizzle-orm';
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { asFault, type Db } from './open.ts';
import { commands } from './schema.ts';

export interface CommandAnswer {
  /** 0: the command took effect, but the process ended before it answered; the status is the usual one. */
  status: number;
  body: unknown;
}

export interface Commands {
  /**
   * Runs `run` the first time that this id is seen and keeps its answer; each later call gets the same answer, also while the
   * first still runs, and also after a crash: the first event that a command records carries its id in the same transaction.
   * `what` names the command (method, path, body hash): the same id for another command throws a Fault 409. A `run` that throws
   * is not kept: the command may be tried again.
   */
  once(commandId: string, what: string, run: () => Promise<CommandAnswer>): Promise<CommandAnswer>;
  /** For the log, in the transaction of an event: marks the command that is under way as having taken effect. */
  mark(event: SessionEvent): void;
}

interface UnderWay {
  id: string;
  what: string;
  isMarked: boolean;
}

export function createCommands(db: Db): Commands {
  const { orm } = db;
  const underWay = new AsyncLocalStorage<UnderWay>();
  const running = new Map<string, { what: string; answer: Promise<CommandAnswer> }>();
  const find = orm
    .select()
    .from(commands)
    .where(eq(commands.id, sql.placeholder('id')))
    .prepare();
  let sinceTrim = 0;

  const keep = (id: string, what: string, { status, body }: CommandAnswer) => {
    const row = { id, what, status, body: JSON.stringify(body) };
    orm
      .insert(commands)
      .values(row)
      .onConflictDoUpdate({ target: commands.id, set: { status, body: row.body } })
      .run();
    if (++sinceTrim < TRIM_EVERY) return;
    sinceTrim = 0;
    trim(db);
  };
  const first = async (command: UnderWay, run: () => Promise<CommandAnswer>): Promise<CommandAnswer> => {
    try {
      const answer = await underWay.run(command, run);
      keep(command.id, command.what, answer);
      return answer;
    } catch (error) {
      if (command.isMarked) orm.delete(commands).where(eq(commands.id, command.id)).run();
      throw asFault(error, db.raw.name);
    }
  };
  const mark = (event: SessionEvent) => {
    const command = underWay.getStore();
    if (!command || command.isMarked) return;
    const row = { id: command.id, what: command.what, status: 0, body: JSON.stringify(answerAfter(event)) };
    orm.insert(commands).values(row).run();
    command.isMarked = true;
  };

  return {
    mark,
    async once(id, what, run) {
      const now = running.get(id);
      const known = now ?? find.get({ id });
      if (known && known.what !== what) throw reused(id);
      if (now) return now.answer;
      if (known && 'status' in known) return { status: known.status, body: JSON.parse(known.body) as unknown };
      const answer = first({ id, what, isMarked: false }, run);
      running.set(id, { what, answer });
      try {
        return await answer;
      } finally {
        running.delete(id);
      }
    },
  };
}

function trim({ orm }: Db): void {
  const oldest = sql`(select max(rowid) - ${LIMITS.commandAnswers.value} from commands)`;
  orm
    .delete(commands)
    .where(lt(sql`rowid`, oldest))
    .run();
}

/** What a command answers that has recorded this event and nothing after it that is known. */
function answerAfter(event: SessionEvent): unknown {
  switch (event.type) {
    case 'session.created':
      return { id: event.chain };
    case 'share.created':
      return { id: event.data.shareId, expiresAt: event.data.expiresAt };
    case 'message.user':
      return { turnId: event.turn };
    default:
      return { ok: true };
  }
}

const TRIM_EVERY = 500;

const reused = (commandId: string) =>
  new Fault({
    status: 409,
    code: 'command_id_reused',
    message: `The commandId ${commandId} was used before, for another command.`,
    hint: 'Send a new UUID with each new command, and the same one only to repeat it.',
  });
