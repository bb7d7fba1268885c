/** The owner's shares over HTTP: the look before, the link, the list, the end. What a link opens is on a port of its own. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

export function shareRoutes(app: App, { shares }: Pick<Deps, 'shares'>): void {
  route(app, API.lookShare, ({ params, body }) => shares.look(params.id, body));
  route(app, API.createShare, {
    handler: async ({ params, body: { commandId: _, ...asked }, actor }) => ({
      ...(await shares.create(params.id, asked, actor)),
      url: '',
    }),
    // The answer to a command is kept by its id; the link never is.
    told(answer) {
      const made = answer as { id: string }; // what the handler gave, now or when it was first asked
      return { ...made, url: shares.linkOf(made.id) };
    },
  });
  route(app, API.shares, ({ query }) => ({ shares: shares.list(query.session ?? null) }));
  route(app, API.revokeShare, ({ params, actor }) => {
    shares.revoke(params.id, actor);
    return { ok: true };
  });
}
