/** The audit over HTTP: the events by who, what, rule, decision and effect; one of them whole; the check of all chains. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

export function auditRoutes(app: App, { audit }: Pick<Deps, 'audit'>): void {
  route(app, API.audit, ({ query: { after, before = Number.MAX_SAFE_INTEGER, filter = '' } }) =>
    audit.page({
      from: after === undefined ? { order: 'falling', seq: before } : { order: 'rising', seq: after },
      filter,
    }),
  );
  route(app, API.auditEvent, ({ query }) => audit.event(query.seq));
  route(app, API.auditVerify, () => audit.verify());
}
