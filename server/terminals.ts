/** What the person does with terminals: each wish goes through the one gate as an action of theirs; one for the host is asked for. */
import { access, constants } from 'node:fs/promises';
import type { TerminalAction } from '../shared/action.ts';
import type { Actor } from '../shared/event.ts';
import { newTerminalId, type ApprovalId, type TerminalId } from '../shared/ids.ts';
import { LIMITS } from '../shared/limits.ts';
import type { SandboxStatus } from '../shared/sandbox.ts';
import type { TerminalInfo, TerminalList, TerminalPlace } from '../shared/terminal.ts';
import { Fault } from './base/fault.ts';
import { Withdrawn } from './gate/approvals.ts';
import type { Gate } from './gate/gate.ts';
import type { GateResult } from './gate/proposal.ts';
import type { Rules } from './policy/rules.ts';
import { judgeTerminal } from './policy/terminal.ts';
import type { TerminalsPort } from './routes/deps.ts';
import { HOST_STARTER } from './run/host-programs.ts';
import { loadPty } from './run/spawn.ts';
import type { TerminalFacts, Terminals } from './run/terminals.ts';
import type { Bus } from './store/bus.ts';

export interface TerminalsDeps {
  gate: Gate;
  bus: Bus;
  terminals: Omit<Terminals, 'terminal'>;
  sandbox: SandboxStatus;
  /** The person's own shell, absolute. */
  hostShell: string;
  standing(): Promise<{ rules: Pick<Rules, 'tools' | 'hosts'>; trusted: boolean }>;
}

export interface PersonTerminals extends TerminalsPort {
  /** Takes back what is asked for, and ends what runs. */
  stop(): Promise<void>;
}

/** One that does not run (yet): it is asked for, or was refused after that. */
interface Wish {
  id: TerminalId;
  name: string;
  place: TerminalPlace;
  at: string;
  approval: ApprovalId | null;
  refused: string;
  stop: AbortController;
}

export function createPersonTerminals(deps: TerminalsDeps): PersonTerminals {
  const { gate, bus, terminals } = deps;
  const wishes = new Map<TerminalId, Wish>();
  const forget = bus.subscribe((item) => note(wishes, item));
  const pass = (action: TerminalAction, actor: Actor, signal = NEVER) =>
    gate.pass(action, { session: null, turn: null, callId: null, actor, signal });
  const running = (id: TerminalId) => terminals.list().some((one) => one.id === id);

  return {
    async list() {
      const offered = await offers(deps);
      const open = terminals.list();
      const asked = [...wishes.values()].filter(({ id }) => !open.some((one) => one.id === id));
      return { terminals: [...open.map(infoOf), ...asked.map(infoOfWish)], ...offered };
    },
    async open({ name, place }, actor) {
      const offer = (await offers(deps))[place.kind];
      if (!offer.offered) throw notOffered(offer.why);
      const { hosts } = (await deps.standing()).rules;
      // Counted and taken at once: nobody comes between.
      if (terminals.list().length + wishes.size >= LIMITS.terminals.value) throw tooMany();
      const wish = wishFor(name, place);
      wishes.set(wish.id, wish);
      const asked = untilAsked(bus, wish.id);
      const passing = pass(actionFor(wish, deps, hosts), actor, wish.stop.signal).then((result) =>
        settle(wishes, wish, result),
      );
      // What goes wrong once the request stands is told by the list; before that, by the answer.
      const first = await Promise.race([passing, asked.promise]).finally(asked.forget);
      if (first !== null && first !== 'asked') throw first;
      return { id: wish.id };
    },
    async rename(id, name, actor) {
      if (!running(id)) throw noSuch();
      const problem = problemOf(await pass({ kind: 'terminal', tool: 'rename_terminal', id, name }, actor));
      if (problem !== null) throw problem;
    },
    async close(id, actor) {
      const wish = wishes.get(id);
      wishes.delete(id);
      if (wish) return wish.stop.abort(new Withdrawn(TAKEN_BACK));
      if (!running(id)) throw noSuch();
      const problem = problemOf(await pass({ kind: 'terminal', tool: 'close_terminal', id }, actor));
      if (problem !== null) throw problem;
    },
    find(id) {
      if (!running(id)) throw noSuch();
    },
    join: terminals.join,
    async stop() {
      forget();
      for (const { stop } of wishes.values()) stop.abort(new Withdrawn('The server stopped before anybody answered.'));
      wishes.clear();
      await terminals.close();
    },
  };
}

const TAKEN_BACK = 'It was taken back before anybody answered. Nothing was run.';
const NEVER = new AbortController().signal;

function wishFor(name: string, place: TerminalPlace): Wish {
  const at = new Date().toISOString();
  return { id: newTerminalId(), name, place, at, approval: null, refused: '', stop: new AbortController() };
}

/** `hosts`: what the settings let through unasked. */
function actionFor({ id, name, place }: Wish, { hostShell }: TerminalsDeps, hosts: Rules['hosts']): TerminalAction {
  const all = { kind: 'terminal' as const, id, name, cwd: '.' };
  if (place.kind === 'host') return { ...all, tool: 'host_terminal', argv: [hostShell, '-i'] };
  const { git, network: mode } = place;
  const network = { mode, hosts: mode === 'proxy' ? hosts.map(({ text }) => text) : [] };
  return { ...all, tool: 'open_terminal', argv: ['/bin/bash', '-i'], git, network };
}

/** Null where it runs now; else what to tell. A wish that was asked for stays in the list with it, until it is put away. */
function settle(wishes: Map<TerminalId, Wish>, wish: Wish, result: GateResult): Fault | null {
  const problem = problemOf(result);
  const stays = problem !== null && wish.approval !== null && wishes.has(wish.id);
  wish.refused = problem?.message ?? '';
  wish.approval = null;
  if (!stays) wishes.delete(wish.id);
  return problem;
}

function problemOf(result: GateResult): Fault | null {
  switch (result.kind) {
    case 'done':
      return null;
    case 'denied':
      return new Fault({ status: 403, code: 'denied', message: result.content });
    case 'failed':
    case 'stopped':
    case 'stale':
      return new Fault({ status: 422, code: 'not_opened', message: result.content });
  }
}

/** Which request stands for which wish, as the record says. */
function note(wishes: Map<TerminalId, Wish>, item: Parameters<Parameters<Bus['subscribe']>[0]>[0]): void {
  if (item.kind !== 'durable' || item.event.type !== 'approval.requested') return;
  const { action, approvalId } = item.event.data;
  const wish = action.kind === 'terminal' ? wishes.get(action.id) : undefined;
  if (wish) wish.approval = approvalId;
}

function untilAsked(bus: Bus, id: TerminalId): { promise: Promise<'asked'>; forget(): void } {
  let forget = () => {};
  const promise = new Promise<'asked'>((resolve) => {
    forget = bus.subscribe((item) => {
      if (item.kind !== 'durable' || item.event.type !== 'approval.requested') return;
      const { action } = item.event.data;
      if (action.kind === 'terminal' && action.id === id) resolve('asked');
    });
  });
  return { promise, forget: () => forget() };
}

async function offers(deps: TerminalsDeps): Promise<Pick<TerminalList, 'sandbox' | 'host'>> {
  const { sandbox } = deps;
  const built = await loadPty().then(
    () => '',
    () => NOT_BUILT,
  );
  const confined = sandbox.tier === 'none' ? `No sandbox is in force, so nothing would confine it: ${sandbox.why}` : '';
  const starter = await access(HOST_STARTER, constants.X_OK).then(
    () => '',
    () => `${HOST_STARTER}, which starts it, is not there.`,
  );
  const denied = await denials(deps);
  return { sandbox: offer([built, denied.sandbox, confined]), host: offer([built, denied.host, starter]) };
}

function offer(whys: readonly string[]): { offered: boolean; why: string } {
  const why = whys.find((one) => one !== '') ?? '';
  return { offered: why === '', why };
}

/** What the rules deny as they stand: told before anybody asks in vain. */
async function denials(deps: TerminalsDeps): Promise<Record<TerminalPlace['kind'], string>> {
  const { rules, trusted } = await deps.standing();
  const why = (place: TerminalPlace) => {
    const facts = { trusted, actor: 'person' as const };
    const { decision, reasons } = judgeTerminal(actionFor(wishFor('', place), deps, []), rules, facts);
    const denying = decision === 'deny' ? reasons.filter((reason) => reason.decision === 'deny') : [];
    return denying.map((reason) => reason.why).join(' ');
  };
  return { sandbox: why({ kind: 'sandbox', git: 'readonly', network: 'none' }), host: why({ kind: 'host' }) };
}

export const NOT_BUILT =
  'The module for terminals (node-pty) was not built when vtcode was installed. Build it with: npm rebuild node-pty, with -g where vtcode was installed with -g; it needs python3, make and a C++ compiler.';

const infoOf = ({ id, name, place, openedAt, ended }: TerminalFacts): TerminalInfo => ({
  ...{ id, name, place, openedAt },
  now: ended === null ? { state: 'running' } : { state: 'ended', ...ended },
});

const infoOfWish = ({ id, name, place, at, approval, refused }: Wish): TerminalInfo => ({
  ...{ id, name, place, openedAt: at },
  now: refused === '' ? { state: 'asked', approval } : { state: 'refused', why: refused },
});

const noSuch = () =>
  new Fault({
    status: 404,
    code: 'no_such_terminal',
    message: 'There is no such terminal.',
    hint: 'GET /api/terminals lists those that are there.',
  });

const tooMany = () =>
  new Fault({
    status: 429,
    code: 'too_many_terminals',
    message: `There are ${LIMITS.terminals.value} terminals, which is the bound.`,
    hint: 'Close one.',
  });

const notOffered = (why: string) => new Fault({ status: 403, code: 'not_offered', message: why });
