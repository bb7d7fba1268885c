/** `GET /api/events`: where the stream of events begins, and for which sessions. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import * as z from 'zod';
import { API } from '../../shared/api.ts';
import { SessionId } from '../../shared/ids.ts';
import type { Deps } from './deps.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { parsePart, parseQuery, unauthorized, type App } from './route.ts';
import type { Start, Streams } from './stream.ts';

const HEADERS = {
  ...SECURITY_HEADERS,
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Proxies of port forwards would else hold the stream back to fill a buffer.
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

export function eventRoutes(app: App, { log, streams }: { log: Pick<Deps['log'], 'head'>; streams: Streams }): void {
  app.on(API.events.method, API.events.path, (c) => {
    const login = c.get('login');
    if (login === null) throw unauthorized();
    const query = parseQuery(c.req.url, API.events.query);
    const sessions = query.sessions === undefined ? null : parseSessions(query.sessions);
    const start = parseStart(c.req.header('Last-Event-ID'), query.after, log.head());
    if (c.req.method === 'HEAD') return new Response(null, { headers: HEADERS });
    const { outgoing } = c.env;
    if (!outgoing) throw new Error('a stream needs a socket to write to');
    streams.refuseFull();
    outgoing.writeHead(API.events.status, HEADERS);
    streams.open(outgoing, { login: login.id, sessions, start });
    return RESPONSE_ALREADY_SENT;
  });
}

function parseSessions(list: string): SessionId[] {
  const { sessions } = parsePart('query', z.object({ sessions: z.array(SessionId) }), { sessions: list.split(',') });
  return [...new Set(sessions)];
}

/** The header wins: it is what the client saw last, the query only what it was told to begin with. */
export function parseStart(header: string | undefined, after: string | undefined, head: number): Start {
  const id = header ?? after;
  if (id === undefined) return { kind: 'now' };
  if (!/^(?:0|[1-9]\d{0,15})$/.test(id)) return { kind: 'odd', why: 'the id is not the number of an event' };
  const seq = Number(id);
  if (seq > head) return { kind: 'odd', why: `the id is above ${head}, the last event of this workspace` };
  return { kind: 'after', seq };
}
