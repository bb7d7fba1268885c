/** Terminals over HTTP: which there are, open, rename, close, and the ticket for a socket. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';
import type { Tickets } from './tickets.ts';

const OK = { ok: true } as const;

export function terminalRoutes(app: App, { terminals, tickets }: Pick<Deps, 'terminals'> & { tickets: Tickets }): void {
  route(app, API.terminals, () => terminals.list());
  route(app, API.openTerminal, ({ body, actor }) => terminals.open({ name: body.name, place: body.place }, actor));
  route(app, API.renameTerminal, async ({ params, body, actor }) => {
    await terminals.rename(params.id, body.name, actor);
    return OK;
  });
  route(app, API.closeTerminal, async ({ params, actor }) => {
    await terminals.close(params.id, actor);
    return OK;
  });
  route(app, API.terminalTicket, ({ params, login }) => {
    terminals.find(params.id);
    return { ticket: tickets.issue(login, params.id) };
  });
}
