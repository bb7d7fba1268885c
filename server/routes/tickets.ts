/** Tickets for the sockets of terminals: a browser can put no header on a WebSocket, so it brings one of these. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LoginId, TerminalId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { TICKET_PREFIX } from '../../shared/terminal.ts';
import { Fault } from '../base/fault.ts';
import type { Login, Logins } from './login.ts';

/** Good once, for some seconds, for one login and one terminal. Kept as their SHA-256, and in no record and no log. */
export interface Tickets {
  /** Throws a Fault 429 for a login that wants too many. */
  issue(login: Login, terminal: TerminalId): string;
  /** Whose it is; null for one that is wrong, used, too old, or of another path. Whatever the answer, it is used up. */
  take(ticket: string, path: string): Login | null;
}

interface TicketsOptions {
  /** A login that ends takes its tickets with it. */
  logins: Pick<Logins, 'onRevoked'>;
  now?: () => number;
}

interface Kept {
  hash: Buffer;
  login: Login;
  path: string;
  until: number;
}

export const socketPath = (terminal: TerminalId) => `/api/terminals/${terminal}/socket`;

const MINUTE_MS = 60_000;

export function createTickets({ logins, now = Date.now }: TicketsOptions): Tickets {
  let kept: Kept[] = [];
  const made = new Map<LoginId, { since: number; count: number }>();
  logins.onRevoked((login) => {
    kept = kept.filter((one) => one.login.id !== login);
    made.delete(login);
  });
  return {
    issue(login, terminal) {
      const window = made.get(login.id);
      const current = window && window.since + MINUTE_MS > now() ? window : { since: now(), count: 0 };
      if (current.count >= LIMITS.terminalTicketRate.value) throw tooMany();
      made.set(login.id, { ...current, count: current.count + 1 });
      const ticket = randomBytes(32).toString('base64url');
      const until = now() + LIMITS.terminalTicketMs.value;
      kept = [
        ...kept.filter((one) => one.until > now()),
        { hash: hashOf(ticket), login, path: socketPath(terminal), until },
      ];
      if (kept.length > LIMITS.terminalTickets.value) kept.shift();
      return ticket;
    },
    take(ticket, path) {
      const hash = hashOf(ticket);
      let found: Kept | null = null;
      // Each is looked at, in constant time, so that how long it takes says nothing of what is there.
      for (const one of kept) if (timingSafeEqual(one.hash, hash)) found = one;
      kept = kept.filter((one) => one !== found);
      return found !== null && found.until > now() && found.path === path ? found.login : null;
    },
  };
}

/** The ticket among the subprotocols that are offered; null where there is none, or more than one. */
export function ticketIn(protocols: readonly string[]): string | null {
  const offered = protocols.flatMap((header) => header.split(',')).map((name) => name.trim());
  const tickets = offered.filter((name) => name.startsWith(TICKET_PREFIX));
  return tickets.length === 1 ? tickets[0]!.slice(TICKET_PREFIX.length) : null;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest();

const tooMany = () =>
  new Fault({
    status: 429,
    code: 'too_many_tickets',
    message: `Expected at most ${LIMITS.terminalTicketRate.value} tickets a minute.`,
    hint: 'Wait a moment, then open the terminal again.',
  });
