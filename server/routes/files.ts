/** Files over HTTP, for the person: list, view, save, find and search. */
import { API } from '../../shared/api.ts';
import type { Deps } from './deps.ts';
import { route, type App } from './route.ts';

export function fileRoutes(app: App, { files }: Pick<Deps, 'files'>): void {
  route(app, API.files, ({ query }) => files.list(query.path ?? '.'));
  route(app, API.file, ({ query }) => files.view(query.path));
  route(app, API.putFile, ({ body, actor }) => files.save(body, actor));
  route(app, API.searchFiles, ({ query, signal }) => files.find(query.q, signal));
  route(app, API.searchText, ({ query, signal }) => files.grep(query.q, signal));
}
