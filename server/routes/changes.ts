/** The changes ledger over HTTP: what was changed, what a revert would do, and the revert. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

export function changeRoutes(app: App, { changes }: Pick<Deps, 'changes'>): void {
  route(app, API.changes, ({ query }) => changes.read(query));
  route(app, API.changedFile, ({ query }) => changes.file(query));
  route(app, API.previewRevert, ({ body }) => changes.preview(body));
  route(app, API.revert, async ({ body, actor }) => {
    const { commandId: _, ...wish } = body;
    await changes.revert(wish, actor);
    return { ok: true } as const;
  });
}
