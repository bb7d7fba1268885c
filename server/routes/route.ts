/** Turns an entry of `API` into a route: parse, call one function, answer; and shapes every error into one form. */
import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as z from 'zod';
import type { API, ApiError, ApiName } from '../../shared/api.ts';
import type { Actor } from '../../shared/event.ts';
import { ApprovalId, GrantId, SessionId, ShareId, TerminalId } from '../../shared/ids.ts';
import { digest } from '../base/hash.ts';
import { Fault } from '../base/fault.ts';
import type { Logger } from '../base/log.ts';
import type { Commands } from '../store/commands.ts';
import { asFault } from '../store/open.ts';
import { readJson } from './body.ts';
import type { Login } from './login.ts';
import { streamed } from './streamed.ts';

/** What the guard and `createApp` leave for the routes. */
export interface Door {
  Bindings: Partial<HttpBindings>;
  Variables: { login: Login | null; commands: Commands; logger: RouteLogger };
}

export type App = Hono<Door>;

/** Where an unexpected error goes; the person gets only its id. */
export type RouteLogger = Pick<Logger, 'error'>;

type Endpoint = (typeof API)[ApiName];

/** The ids in a path, by the word before them. */
type Params<Path extends string> = Path extends `${string}/sessions/:id${string}`
  ? { id: SessionId }
  : Path extends `${string}/approvals/:id${string}`
    ? { id: ApprovalId }
    : Path extends `${string}/terminals/:id${string}`
      ? { id: TerminalId }
      : Path extends `${string}/grants/:id${string}`
        ? { id: GrantId }
        : Path extends `${string}/shares/:id${string}`
          ? { id: ShareId }
          : Record<never, never>;

export interface Asked<E extends Endpoint> {
  params: Params<E['path']>;
  query: z.output<E['query']>;
  body: z.output<E['body']>;
  login: Login;
  actor: Actor;
  /** Of a GET: aborted when the client goes away. A command is not undone by that: its signal never aborts. */
  signal: AbortSignal;
}

/** The answer's body, by its schema; or a whole Response, for what is not JSON. */
export type Answer<E extends Endpoint> = z.input<E['response']> | Response;

type Handler<E extends Endpoint> = (asked: Asked<E>) => Answer<E> | Promise<Answer<E>>;

/** What `told` makes of the answer to a command goes to who asks; what is kept for who repeats it is the answer before that. */
interface Told<E extends Endpoint> {
  handler: Handler<E>;
  told(answer: unknown): unknown;
}

const asItIs = (answer: unknown) => answer;

/**
 * Mounts `handler` at the endpoint's method and path. It is called once for each request that has passed the guard and whose
 * path, query and body fit their schemas; with a `commandId` in the body, once for each commandId. It may throw a Fault.
 */
export function route<E extends Endpoint>(app: App, endpoint: E, handling: Handler<E> | Told<E>): void {
  const { handler, told } = typeof handling === 'function' ? { handler: handling, told: asItIs } : handling;
  app.on(endpoint.method, endpoint.path, async (c) => {
    const login = c.get('login');
    // The guard has seen to this; a route that it somehow let through is still not open.
    if (login === null) throw unauthorized();
    const params = parseParams<E>(c, endpoint.path);
    const query = parseQuery(c.req.url, endpoint.query) as z.output<E['query']>;
    const raw = endpoint.method === 'GET' ? {} : await readJson(c.req.raw);
    const body = parsePart('body', endpoint.body, raw) as z.output<E['body']>;
    const signal = endpoint.method === 'GET' ? c.req.raw.signal : NEVER;
    const run = async () => handler({ params, query, body, login, actor: login.actor, signal });
    const commandId = commandIdOf(body);
    if (commandId === null) return respond(c, endpoint.status, await run());
    const what = `${endpoint.method} ${c.req.path} ${digest(body)}`;
    const answer = await c.get('commands').once(commandId, what, async () => {
      const given = await run();
      if (given instanceof Response) throw new Error(`${endpoint.path}: the answer to a command must be plain data`);
      return { status: endpoint.status, body: given };
    });
    return respond(c, answer.status || endpoint.status, told(answer.body));
  });
}

const NEVER = new AbortController().signal;

function respond(c: Context<Door>, status: number, answer: unknown): Response | Promise<Response> {
  if (answer instanceof Response)
    return streamed(answer, (error) => {
      c.get('logger').error('response.cut', { path: c.req.path, error });
      c.env.outgoing?.destroy();
    });
  // The status comes from an entry of API: a number that has a body.
  return c.json(answer as object, status as ContentfulStatusCode);
}

function commandIdOf(body: unknown): string | null {
  const held = typeof body === 'object' && body !== null && 'commandId' in body ? body.commandId : null;
  return typeof held === 'string' ? held : null;
}

const ID_AFTER: Record<string, { schema: z.ZodType; what: string; looks: string }> = {
  sessions: { schema: SessionId, what: 'session', looks: 'ses_ and 26 letters or digits' },
  terminals: { schema: TerminalId, what: 'terminal', looks: 'trm_ and 26 letters or digits' },
  grants: { schema: GrantId, what: 'rule', looks: 'grt_ and 26 letters or digits' },
  shares: { schema: ShareId, what: 'share', looks: 'shr_ and 26 letters or digits' },
  approvals: { schema: ApprovalId, what: 'request', looks: 'apr_ and 32 hexadecimal digits' },
};

/** An id that cannot be one names nothing: 404, as for one that is not there. */
function parseParams<E extends Endpoint>(c: Context<Door>, path: string): Params<E['path']> {
  const kind = /\/([a-z]+)\/:id(?:\/|$)/.exec(path)?.[1];
  if (kind === undefined) return {} as Params<E['path']>;
  const expected = ID_AFTER[kind];
  if (expected === undefined) throw new Error(`${path}: no schema for an id of ${kind}`);
  const id = expected.schema.safeParse(c.req.param('id'));
  if (!id.success)
    throw new Fault({
      status: 404,
      code: `no_such_${expected.what}`,
      message: `There is no such ${expected.what}: an id is ${expected.looks}.`,
    });
  // The word before `:id` picks both this schema and the type; TypeScript cannot tie the two.
  return { id: id.data } as unknown as Params<E['path']>;
}

/** The query as an object. A name that comes twice is refused: two readers of it could take different ones. */
export function parseQuery<S extends z.ZodType>(url: string, schema: S): z.output<S> {
  const entries = [...new URL(url).searchParams];
  const names = new Set(entries.map(([name]) => name));
  if (names.size !== entries.length) throw invalid('query: expected each name once, got one of them twice');
  return parsePart('query', schema, Object.fromEntries(entries));
}

export function parsePart<S extends z.ZodType>(part: 'query' | 'body', schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 3).map((issue) => problem(part, issue, value));
  throw invalid(problems.join('; '));
}

const invalid = (message: string) => new Fault({ status: 400, code: 'invalid_request', message });

/** `body.title: Too big: expected string to have <=80 characters; got a text of length 300`: never the value itself. */
function problem(part: string, issue: z.core.$ZodIssue, value: unknown): string {
  const where = issue.path.reduce<string>(
    (at, key) => (typeof key === 'number' ? `${at}[${key}]` : `${at}.${String(key)}`),
    part,
  );
  const came = issue.path.reduce<unknown>(
    (held, key) => (held as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  return `${where.slice(0, 200)}: ${issue.message}; got ${describe(came)}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `a text of length ${value.length}`;
  if (Array.isArray(value)) return `a list of length ${value.length}`;
  return value === null || typeof value !== 'object' ? String(value) : 'an object';
}

export const unauthorized = () =>
  new Fault({
    status: 401,
    code: 'unauthorized',
    message: 'Expected the header Authorization: Bearer TOKEN with a token of this launch.',
    hint: 'Open the link that vtcode serve printed, or run vtcode link for a new one.',
  });

/** The one shape of every error. What is not a Fault is logged whole and told as an id. */
export function answerError(thrown: unknown, logger: RouteLogger): { status: Fault['status']; body: ApiError } {
  const error = isOfDatabase(thrown) ? asFault(thrown, 'The database of this workspace') : thrown;
  if (error instanceof Fault) return { status: error.status, body: errorBody(error) };
  const id = randomUUID();
  logger.error('request.failed', { id, error });
  const message = `Something failed inside vtcode (${id}).`;
  const hint = 'The log of vtcode serve has the details under this id.';
  return { status: 500, body: errorBody({ code: 'internal', message, hint }) };
}

/** SQLite's own errors have its codes. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');

export function errorBody(facts: { code: string; message: string; hint: string }): ApiError {
  const { code, message, hint } = facts;
  return { error: hint === '' ? { code, message } : { code, message, hint } };
}
