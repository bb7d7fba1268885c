/** Idempotency: the answer to each commandId, so that a command sent twice runs once. */
import { eq, lt, sql } from 'drizzle-orm';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { asFault, type Db } from './open.ts';
import { commands } from './schema.ts';

export interface CommandAnswer {
  status: number;
  body: unknown;
}

export interface Commands {
  /**
   * Runs `run` the first time that this id is seen and keeps its answer; each later call gets the same answer, also while the
   * first still runs. `what` names the command (method, path, body hash): the same id for another command throws a Fault 409.
   * A `run` that throws is not kept: the command may be tried again.
   */
  once(commandId: string, what: string, run: () => Promise<CommandAnswer>): Promise<CommandAnswer>;
}

export function createCommands(db: Db): Commands {
  const { orm } = db;
  const running = new Map<string, { what: string; answer: Promise<CommandAnswer> }>();
  const find = orm
    .select()
    .from(commands)
    .where(eq(commands.id, sql.placeholder('id')))
    .prepare();
  let sinceTrim = 0;

  const keep = (id: string, what: string, answer: CommandAnswer) => {
    try {
      orm
        .insert(commands)
        .values({ id, what, status: answer.status, body: JSON.stringify(answer.body) })
        .run();
      if (++sinceTrim >= TRIM_EVERY) trim();
    } catch (error) {
      throw asFault(error, db.raw.name);
    }
  };
  const trim = () => {
    sinceTrim = 0;
    const oldest = sql`(select max(rowid) - ${LIMITS.commandAnswers.value} from commands)`;
    orm
      .delete(commands)
      .where(lt(sql`rowid`, oldest))
      .run();
  };

  return {
    async once(commandId, what, run) {
      const first = running.get(commandId);
      const known = first ?? find.get({ id: commandId });
      if (known && known.what !== what) throw reused(commandId);
      if (first) return first.answer;
      if (known && 'status' in known) return { status: known.status, body: JSON.parse(known.body) as unknown };
      const answer = run().then((given) => {
        keep(commandId, what, given);
        return given;
      });
      running.set(commandId, { what, answer });
      try {
        return await answer;
      } finally {
        running.delete(commandId);
      }
    },
  };
}

const TRIM_EVERY = 500;

const reused = (commandId: string) =>
  new Fault({
    status: 409,
    code: 'command_id_reused',
    message: `The commandId ${commandId} was used before, for another command.`,
    hint: 'Send a new UUID with each new command, and the same one only to repeat it.',
  });
