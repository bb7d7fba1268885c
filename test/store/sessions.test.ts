/** Sessions as they are read: each once over all pages of the list, and what the last server left open in them. */
import { expect, it } from 'vitest';
import type { EventData } from '../../shared/event.ts';
import { newActionId, newMessageId, newTurnId, type ActionId, type SessionId } from '../../shared/ids.ts';
import type { EventLog } from '../../server/store/log.ts';
import { STATUS } from '../fixtures/confined.ts';
import { tempStore } from '../fixtures/store.ts';

const USER = 'user:ada/log_test';
const ALL = 250;

function say(log: EventLog, session: SessionId): void {
  const data = { messageId: newMessageId(), text: 'more', delivery: 'start' as const };
  log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER });
}

it('brings each session once, newest first, though some change and some are made between two pages', async () => {
  const { log, sessions } = await tempStore();
  const made = Array.from({ length: ALL }, (_, i) => sessions.create(`session ${i}`, USER)).reverse();
  const first = sessions.list({ query: '', cursor: null, archived: false });
  // One that has been listed, two that have not, one of them twice, and a new one.
  for (const place of [10, 180, 120, 180]) say(log, made[place]!);
  sessions.create('new', USER);
  const second = sessions.list({ query: '', cursor: first.next, archived: false });
  say(log, made[240]!);
  const third = sessions.list({ query: '', cursor: second.next, archived: false });
  expect(third.next).toBeNull();
  const ids = [first, second, third].flatMap((page) => page.sessions.map(({ id }) => id));
  expect(ids).toEqual(made);
});

it('refuses a cursor that no list gave', async () => {
  const { sessions } = await tempStore();
  for (const cursor of ['', '0', '5', 'x-1', '3-4', '-1-2', '1e3-1', '9'.repeat(40)])
    expect(() => sessions.list({ query: '', cursor, archived: false }), cursor).toThrow(/is not one that a list gave/);
});

it('knows the commands that the last server left open, of its sessions and its workspace', async () => {
  const { log, sessions } = await tempStore();
  const probed = () => log.record({ type: 'sandbox.probed', data: STATUS, session: null, turn: null, actor: 'system' });
  const session = sessions.create('a', USER);
  const at = { session, turn: newTurnId(), actor: USER };
  const begin = () => {
    const actionId = newActionId();
    log.record({ type: 'command.started', data: { actionId, ...STARTED }, ...at });
    return actionId;
  };
  const finish = (actionId: ActionId) =>
    log.record({ type: 'command.finished', data: { actionId, ...FINISHED }, ...at, turn: null });
  probed();
  begin(); // of a server before the last: it was seen to then
  probed();
  expect(sessions.openCommands()).toEqual([]);
  const [first, second] = [begin(), begin(), begin()];
  finish(second);
  expect(sessions.openCommands().map(({ actionId }) => actionId)).toEqual([first, expect.any(String)]);
  expect(sessions.openCommands()[0]).toEqual({ session, turn: at.turn, actionId: first });
  for (const { actionId } of sessions.openCommands()) finish(actionId);
  expect(sessions.openCommands()).toEqual([]);
});

const STARTED: Omit<EventData<'command.started'>, 'actionId'> = {
  ...{ argv: ['true'], cwd: '.', envNames: [], policy: '0'.repeat(64), tier: 'full', layers: STATUS.layers },
  ...{ network: 'none', git: 'readonly', background: true },
};
const FINISHED: Omit<EventData<'command.finished'>, 'actionId'> = {
  ...{
    code: 0,
    signal: '',
    timedOut: false,
    durationMs: 1,
    bytes: 0,
    truncated: false,
    uncovered: '',
    output: '',
    lost: false,
    findings: [],
  },
};
