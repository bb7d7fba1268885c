/** The app: the guard ahead of everything, then each group of routes, and one shape for whatever goes wrong. */
import { Hono } from 'hono';
import type { Logger } from './base/log.ts';
import { guard, notFound, type House } from './guard.ts';
import type { Deps } from './routes/deps.ts';
import { changeRoutes } from './routes/changes.ts';
import { eventRoutes } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { harden } from './routes/headers.ts';
import { loginRoutes, TooMany, type Logins } from './routes/login.ts';
import { answerError, type App, type Door } from './routes/route.ts';
import { auditRoutes } from './routes/audit.ts';
import { policyRoutes } from './routes/policy.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { shareRoutes } from './routes/shares.ts';
import { openPaths, staticRoutes, type Assets } from './routes/static.ts';
import type { Streams } from './routes/stream.ts';
import { terminalRoutes } from './routes/terminals.ts';
import type { Tickets } from './routes/tickets.ts';
import { workspaceRoutes } from './routes/workspace.ts';

export interface AppDeps extends Deps {
  logins: Logins;
  streams: Streams;
  tickets: Tickets;
  assets: Assets;
  /** The Hosts it answers to, see `hostNames`. */
  hosts: () => ReadonlySet<string>;
  logger: Pick<Logger, 'error' | 'warn'>;
}

/** What the guard judges by; `listen` needs it too, for upgrades. */
export const houseOf = (deps: Pick<AppDeps, 'hosts' | 'logins' | 'tickets' | 'assets'>): House => ({
  hosts: deps.hosts,
  logins: deps.logins,
  tickets: deps.tickets,
  openPaths: openPaths(deps.assets),
});

export function createApp(deps: AppDeps): App {
  const app: App = new Hono<Door>();
  app.onError((error, c) => {
    const { status, body } = answerError(error, deps.logger);
    const response = c.json(body, status);
    if (error instanceof TooMany) response.headers.set('Retry-After', String(error.retryAfterSeconds));
    harden(response.headers);
    return response;
  });
  app.notFound(() => {
    throw notFound();
  });
  app.use(guard(houseOf(deps)), async (c, next) => {
    c.set('commands', deps.commands);
    c.set('logger', deps.logger);
    await next();
  });
  app.get('/healthz', (c) => c.text('ok'));
  loginRoutes(app, deps.logins);
  eventRoutes(app, deps);
  workspaceRoutes(app, deps);
  sessionRoutes(app, deps);
  auditRoutes(app, deps);
  changeRoutes(app, deps);
  policyRoutes(app, deps);
  shareRoutes(app, deps);
  fileRoutes(app, deps);
  terminalRoutes(app, deps);
  staticRoutes(app, deps.assets);
  return app;
}
