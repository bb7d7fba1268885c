/** The second port: its own guard and its own app, which knows the page of a share, its files, and two routes that read. */
import { Hono, type MiddlewareHandler } from 'hono';
import { ShareId } from '../shared/ids.ts';
import { Fault } from './base/fault.ts';
import type { Logger } from './base/log.ts';
import { checkHost, foreignOrigin, fromFetch, pathOf, valuesOf, type Arrival } from './guard.ts';
import { TooMany } from './routes/login.ts';
import { answerError, type App, type Door } from './routes/route.ts';
import { hardenShare } from './routes/share-headers.ts';
import { shareViewRoutes, type ShareViewDeps } from './routes/share-view.ts';
import { staticRoutes, type Assets } from './routes/static.ts';

export interface ShareAppDeps extends ShareViewDeps {
  /** The page of a viewer; none of the owner's files is among them. */
  assets: Assets;
  /** The Hosts it answers to, see `hostNames`. */
  hosts: () => ReadonlySet<string>;
  logger: Pick<Logger, 'error' | 'warn'>;
}

export function createShareApp(deps: ShareAppDeps): App {
  const { assets, logger } = deps;
  const app: App = new Hono<Door>();
  app.onError((error, c) => {
    const { status, body } = answerError(isForAll(error) ? error : hidden(error, logger), logger);
    const response = c.json(body, status);
    if (error instanceof TooMany) response.headers.set('Retry-After', String(error.retryAfterSeconds));
    hardenShare(response.headers);
    return response;
  });
  app.notFound(() => {
    throw nothingElse();
  });
  app.use(shareGuard(deps));
  shareViewRoutes(app, deps);
  app.get('/share/:id', (c) => {
    // The same page for each, also for one that never was: only its token says more.
    if (!ShareId.safeParse(c.req.param('id')).success) throw noSuchShare();
    if (assets.shell === null) throw notBuilt();
    return new Response(assets.shell.bytes, { headers: { 'Content-Type': assets.shell.type } });
  });
  staticRoutes(app, { shell: null, files: assets.files });
  return app;
}

/** What an upgrade is judged by: nobody comes in. */
export const nobodysHouse = (hosts: () => ReadonlySet<string>) => ({
  hosts,
  logins: { verify: () => null },
  tickets: { take: () => null },
  openPaths: new Set<string>(),
});

function shareGuard({ hosts, assets }: Pick<ShareAppDeps, 'hosts' | 'assets'>): MiddlewareHandler<Door> {
  return async (c, next) => {
    const { incoming } = c.env ?? {};
    const arrival = incoming
      ? { method: incoming.method ?? '', target: incoming.url ?? '', rawHeaders: incoming.rawHeaders }
      : fromFetch(c.req.raw);
    admit({ ...arrival, upgrade: false }, { hosts: hosts(), files: assets.files });
    await next();
    // A stream has written its own head already, and shares this object with all others.
    if (!c.res.headers.has('x-hono-already-sent')) hardenShare(c.res.headers);
  };
}

const PAGE = /^\/share\/[a-z0-9_]{1,64}$/;
const READ = /^\/api\/share\/[a-z0-9_]{1,64}(?:\/events)?$/;

/** Throws a Fault for whatever is not one of a few exact paths, read by GET from our own page or by a link that was followed. */
function admit(arrival: Arrival, house: { hosts: ReadonlySet<string>; files: Assets['files'] }): void {
  const { method, target, rawHeaders } = arrival;
  const path = pathOf(target);
  const host = checkHost(rawHeaders, house.hosts);
  if (method !== 'GET' && method !== 'HEAD') throw nothingElse();
  if (!PAGE.test(path) && !READ.test(path) && !house.files.has(path)) throw nothingElse();
  if (valuesOf(rawHeaders, 'authorization').length > 1) throw nothingElse();
  if (PAGE.test(path)) return; // the empty shell: a link to it may stand anywhere
  const origins = valuesOf(rawHeaders, 'origin');
  const own = [`http://${host}`, `https://${host}`]; // who stands in front may speak TLS
  if (origins.length > 1 || !origins.every((origin) => own.includes(origin)))
    throw foreignOrigin('an Origin that is exactly the one of this page');
  if (!valuesOf(rawHeaders, 'sec-fetch-site').every((site) => site === 'same-origin' || site === 'none'))
    throw foreignOrigin('a request of this page (Sec-Fetch-Site: same-origin)');
}

/** These say nothing of the owner's machine; what any other error says stays here. */
const FOR_ALL = new Set([
  ...['unauthorized', 'share_ended', 'share_only', 'no_such_share', 'no_such_place', 'invalid_request'],
  ...['too_many_failures', 'too_many_requests', 'too_many_viewers', 'page_not_built'],
  ...['bad_target', 'bad_host', 'foreign_host', 'foreign_origin'],
]);

const isForAll = (error: unknown): boolean => error instanceof Fault && FOR_ALL.has(error.code);

/** A session that went in this moment, or a disk that is full: to a viewer it is one and the same. */
function hidden(error: unknown, logger: Pick<Logger, 'error'>): Fault {
  logger.error('share.request_failed', { error });
  return new Fault({
    status: 503,
    code: 'share_failed',
    message: 'It cannot be shown just now.',
    hint: 'Try again in a minute.',
  });
}

const nothingElse = () =>
  new Fault({
    status: 403,
    code: 'share_only',
    message: 'Here is nothing but what was shared, and it can only be read.',
  });

const noSuchShare = () =>
  new Fault({ status: 404, code: 'no_such_share', message: 'An id of a share is shr_ and 26 letters or digits.' });

const notBuilt = () =>
  new Fault({
    status: 503,
    code: 'page_not_built',
    message: 'The page of shares has not been built.',
    hint: 'Run npm run build.',
  });
