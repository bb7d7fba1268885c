/** Judges every request and every upgrade before anything else looks at it: target, Host, Origin, then the bearer token. */
import type { MiddlewareHandler } from 'hono';
import { Fault } from './base/fault.ts';
import { harden } from './routes/headers.ts';
import type { Login, Logins } from './routes/login.ts';
import { ticketIn, type Tickets } from './routes/tickets.ts';
import { unauthorized, type Door } from './routes/route.ts';

/** A request as it stood on the wire. `rawHeaders` are names and values in turn, as Node has them. */
export interface Arrival {
  method: string;
  target: string;
  rawHeaders: readonly string[];
  upgrade: boolean;
}

export interface House {
  /** The Hosts it answers to, lower case and with their port: `127.0.0.1:4747`. Asked each time, for the port comes late. */
  hosts: () => ReadonlySet<string>;
  logins: Pick<Logins, 'verify'>;
  tickets: Pick<Tickets, 'take'>;
  /** What GET may have without a token: the shell, the files of the built page, the health check. Exact paths. */
  openPaths: ReadonlySet<string>;
}

/** `by` says what it came in with: at the doors that are open to all, with nothing. */
export type Judgement =
  | { ok: true; login: Login; by: 'token' | 'ticket' }
  | { ok: true; login: null; by: 'nothing' }
  | { ok: false; fault: Fault };

export function judgeRequest(arrival: Arrival, house: House): Judgement {
  try {
    const login = admit(arrival, house);
    if (login === null) return { ok: true, login, by: 'nothing' };
    return { ok: true, login, by: arrival.upgrade && offeredTicket(arrival) !== null ? 'ticket' : 'token' };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error };
    throw error;
  }
}

/** Who comes in; null at the doors that are open to all. Throws a Fault for who does not. */
function admit(arrival: Arrival, house: House): Login | null {
  // The target is looked at as it came. Only a path that no URL parser would rewrite is ever let through to a route, so that what
  // is judged here is what is routed there.
  const path = pathOf(arrival.target);
  const host = checkHost(arrival.rawHeaders, house.hosts());
  checkOrigin(arrival, path, host);
  if (isOpen(arrival, path, house.openPaths)) return null;
  const login = whoIs(arrival, path, house);
  if (login === null) throw unauthorized();
  if (!isPlain(path)) throw notFound();
  return login;
}

/** A browser can put no header on a WebSocket: it brings a ticket, which is good for this one path. All else brings the token. */
function whoIs(arrival: Arrival, path: string, { logins, tickets }: House): Login | null {
  const ticket = arrival.upgrade ? offeredTicket(arrival) : null;
  if (ticket !== null) {
    // A page always says where it is from. Nobody else has a ticket.
    if (valuesOf(arrival.rawHeaders, 'origin').length !== 1) throw foreignOrigin('an Origin with a ticket');
    return arrival.target === path ? tickets.take(ticket, path) : null;
  }
  const credentials = valuesOf(arrival.rawHeaders, 'authorization');
  return credentials.length === 1 ? logins.verify(credentials[0]!) : null;
}

const offeredTicket = ({ rawHeaders }: Arrival) => ticketIn(valuesOf(rawHeaders, 'sec-websocket-protocol'));

export function pathOf(target: string): string {
  if (!target.startsWith('/')) throw bad('bad_target', 'Expected a request target that begins with a slash.');
  return target.split('?', 1)[0]!;
}

const PLAIN_SEGMENTS = /^(?:\/[A-Za-z0-9_~.-]+)+$/;
const isPlain = (path: string) => PLAIN_SEGMENTS.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path);

function isOpen({ method, upgrade }: Arrival, path: string, openPaths: ReadonlySet<string>): boolean {
  if (upgrade) return false;
  if (method === 'POST') return path === '/api/login';
  return (method === 'GET' || method === 'HEAD') && openPaths.has(path);
}

/** Against DNS rebinding: a page of another site that points its own name here still says its name in Host. */
export function checkHost(rawHeaders: readonly string[], hosts: ReadonlySet<string>): string {
  const [host, ...more] = valuesOf(rawHeaders, 'host');
  if (host === undefined || more.length > 0) throw bad('bad_host', 'Expected exactly one Host header.');
  if (!/^[\x21-\x7e]{1,255}$/.test(host))
    throw bad('bad_host', 'Expected a Host of 1 to 255 visible ASCII characters.');
  const name = host.toLowerCase();
  if (hosts.has(name)) return name;
  throw new Fault({
    status: 403,
    code: 'foreign_host',
    message: 'Expected a Host that this server answers to, with its port; this is another.',
    hint: 'Open the page by the address that vtcode serve printed.',
  });
}

/** Against pages of other origins. Host has passed by now, so an Origin that equals it cannot be a rebound name. */
function checkOrigin(arrival: Arrival, path: string, host: string): void {
  const { rawHeaders } = arrival;
  if (isNavigation(arrival, path)) return;
  const origins = valuesOf(rawHeaders, 'origin');
  if (origins.length > 1 || (origins.length === 1 && origins[0] !== `http://${host}`))
    throw foreignOrigin('an Origin that is exactly the one of this page');
  const sites = valuesOf(rawHeaders, 'sec-fetch-site');
  if (!sites.every((site) => site === 'same-origin' || site === 'none'))
    throw foreignOrigin('a request of this page (Sec-Fetch-Site: same-origin)');
}

/** A link that was followed in a tab: it may come from anywhere, and gets nothing but the empty shell. */
function isNavigation({ method, rawHeaders, upgrade }: Arrival, path: string): boolean {
  const is = (name: string, value: string) => valuesOf(rawHeaders, name).join() === value;
  return (
    !upgrade && method === 'GET' && path === '/' && is('sec-fetch-mode', 'navigate') && is('sec-fetch-dest', 'document')
  );
}

/** Of a header, by its name in lower case. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === name) values.push(rawHeaders[i + 1]!);
  return values;
}

const bad = (code: string, message: string) => new Fault({ status: 400, code, message });

export const foreignOrigin = (expected: string) =>
  new Fault({ status: 403, code: 'foreign_origin', message: `Expected ${expected}; this comes from elsewhere.` });

/** The one answer for whatever is not there, for who is logged in. */
export const notFound = () =>
  new Fault({
    status: 404,
    code: 'no_such_route',
    message: 'There is nothing at this path for this method.',
    hint: 'docs/api.md lists what there is.',
  });

/** The Hosts of some names at a port; port 80 also goes without saying. IPv6 names come in brackets. */
export function hostNames(names: Iterable<string>, port: number): Set<string> {
  const hosts = [...names].map((name) => name.toLowerCase());
  return new Set([...hosts.map((name) => `${name}:${port}`), ...(port === 80 ? hosts : [])]);
}

/** What a server that is bound to the loopback answers to. */
export const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** The first middleware of the app. */
export function guard(house: House): MiddlewareHandler<Door> {
  return async (c, next) => {
    const { incoming } = c.env ?? {};
    const arrival = incoming
      ? { method: incoming.method ?? '', target: incoming.url ?? '', rawHeaders: incoming.rawHeaders }
      : fromFetch(c.req.raw);
    const judged = judgeRequest({ ...arrival, upgrade: false }, house);
    if (!judged.ok) throw judged.fault;
    c.set('login', judged.login);
    await next();
    // A stream has written its own head already, and shares this object with all others.
    if (!c.res.headers.has('x-hono-already-sent')) harden(c.res.headers);
  };
}

/** A request that came by no socket, as `app.request()` makes it. */
export function fromFetch(request: Request): Omit<Arrival, 'upgrade'> {
  const { pathname, search } = new URL(request.url);
  return { method: request.method, target: pathname + search, rawHeaders: [...request.headers].flat() };
}
