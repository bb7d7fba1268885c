/** One turn without a page: the same rooms as a server's, and nobody who could be asked. */
import type { Actor, SessionEvent } from '../shared/event.ts';
import type { SessionId } from '../shared/ids.ts';
import { Fault } from './base/fault.ts';
import { nameInActor, systemUser } from './base/user.ts';
import type { HouseOptions } from './cli/serve-options.ts';
import { openGround, Opened } from './ground.ts';
import { type House, openHouse, recordStart } from './house.ts';

export type Which = { kind: 'new' } | { kind: 'last' } | { kind: 'one'; session: SessionId };

export interface ExecWish {
  which: Which;
  text: string;
  /** As the page names one; null: as the settings say. */
  model: string | null;
  /** Milliseconds after which the turn is ended; null: its own bound. */
  timeoutMs: number | null;
  /** Stops the turn; what was done stays, and is recorded. */
  signal: AbortSignal;
  /** Called for each event that is recorded from the first one on, in order. Must not throw. */
  heard(event: SessionEvent): void;
}

/** `lost`: the record could not be written to the end. */
export type TurnEnd = 'completed' | 'failed' | 'interrupted' | 'lost';

/** Throws a Fault where it cannot start, for one where a server runs on the workspace. Leaves nothing open. */
export async function exec(options: HouseOptions, wish: ExecWish): Promise<TurnEnd> {
  const opened = new Opened();
  try {
    const heard = watch(wish);
    const ground = await openGround(options, opened).catch(sayWho);
    const house = await openHouse(options, ground, { opened, attended: false, heard: heard.follow });
    const { agent, commands, terminals } = house.rooms;
    opened.add('commands', () => commands.close());
    opened.add('terminals', () => terminals.stop());
    opened.add('turns', () => agent.stop());
    recordStart(options, house.store, house.rooms);
    await takeTurn(house, wish);
    return heard.end();
  } finally {
    await opened.close(options.logger);
  }
}

async function takeTurn({ store, rooms }: House, wish: ExecWish): Promise<void> {
  const { agent, workspace } = rooms;
  const { signal, timeoutMs } = wish;
  const actor: Actor = `user:${nameInActor(systemUser().name)}/command-line`;
  if (wish.model !== null) await workspace.choose({ mode: null, model: wish.model }, actor);
  const session = sessionOf(store, wish.which, actor);
  if (signal.aborted) return;
  agent.send(session, { text: wish.text, attachments: [] }, actor);
  const stop = () => agent.abort(session, actor);
  const timer =
    timeoutMs === null
      ? null
      : setTimeout(() => agent.cut(session, `The time that was set is over: ${timeoutMs} ms.`), timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await agent.settled(session);
  } finally {
    if (timer !== null) clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function sessionOf({ sessions }: House['store'], which: Which, actor: Actor): SessionId {
  switch (which.kind) {
    case 'new':
      return sessions.create(null, actor);
    case 'one':
      return sessions.get(which.session).id;
    case 'last': {
      // The pinned ones come first, then the newest: the last touched is on the first page.
      const page = sessions.list({ query: '', cursor: null, archived: false }).sessions;
      const [last] = page.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
      if (!last) throw noSession;
      return last.id;
    }
  }
}

/** Follows the record, and knows how the turn ended. */
function watch({ heard }: ExecWish): { follow(store: House['store']): void; end(): TurnEnd } {
  let end: TurnEnd = 'lost';
  return {
    follow({ bus }) {
      bus.subscribe((item) => {
        if (item.kind !== 'durable') return;
        const { type } = item.event;
        if (type === 'turn.started') end = 'lost';
        if (type === 'turn.completed') end = 'completed';
        if (type === 'turn.failed') end = 'failed';
        if (type === 'turn.interrupted') end = 'interrupted';
        heard(item.event);
      });
    },
    end: () => end,
  };
}

const noSession = new Fault({
  status: 404,
  code: 'no_session',
  message: 'There is no session to continue in this workspace.',
  hint: 'Leave --continue out to begin one.',
});

function sayWho(error: unknown): never {
  if (!(error instanceof Fault) || error.code !== 'already_running') throw error;
  const hint = 'Send the message on its page (vtcode link prints a link to it), or end that server first.';
  throw new Fault({ status: 409, code: error.code, message: error.message, hint });
}
