/** The workspace over HTTP: what it is, its mode and model, and its trust. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

const OK = { ok: true } as const;

export function workspaceRoutes(app: App, { workspace }: Deps): void {
  route(app, API.workspace, ({ login }) => workspace.info(login.id));
  route(app, API.patchWorkspace, async ({ body, actor }) => {
    await workspace.choose({ mode: body.mode ?? null, model: body.model ?? null }, actor);
    return OK;
  });
  route(app, API.trust, () => workspace.trust());
  route(app, API.giveTrust, async ({ body, actor }) => {
    await workspace.giveTrust(body.digest, actor);
    return OK;
  });
}
