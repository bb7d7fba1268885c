/** The policy over HTTP: its rules, one command judged, another policy tried, standing rules. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

export function policyRoutes(app: App, { policy }: Pick<Deps, 'policy'>): void {
  route(app, API.policy, () => policy.report());
  route(app, API.checkPolicy, ({ body: { script, cwd = '.', mode = null } }) => policy.check({ script, cwd, mode }));
  route(app, API.simulatePolicy, ({ body }) => policy.simulate(body.policy, body.session));
  route(app, API.previewRule, ({ params, body }) => policy.previewRule(params.id, body.wish));
  route(app, API.grants, async () => ({ grants: await policy.grants() }));
  route(app, API.revokeGrant, ({ params, actor }) => {
    policy.revoke(params.id, actor);
    return { ok: true };
  });
}
