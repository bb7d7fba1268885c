/** Sessions over HTTP: list and search, make, arrange, fork, delete, read, write to, stop, export. */
import { Readable } from 'node:stream';
import { API } from '../../shared/api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { plainName } from '../store/md/names.ts';
import type { Deps, ExportWish } from './deps.ts';
import { route, type App } from './route.ts';

const OK = { ok: true } as const;

export function sessionRoutes(app: App, deps: Deps): void {
  const { sessions, trash, agent, approvals } = deps;

  route(app, API.sessions, ({ query: { query = '', cursor = null, archived } }) =>
    sessions.list({ query, cursor, archived: archived === 'true' }),
  );
  route(app, API.createSession, ({ body, actor }) => ({ id: sessions.create(body.title ?? null, actor) }));
  route(app, API.patchSession, ({ params, body, actor }) => {
    sessions.change(params.id, body, actor);
    return OK;
  });
  route(app, API.deleteSession, ({ params, actor }) => trash.put(params.id, actor));
  route(app, API.restoreSession, ({ params, actor }) => {
    trash.restore(params.id, actor);
    return OK;
  });
  route(app, API.forkSession, ({ params, body, actor }) => ({
    id: sessions.fork(params.id, body.messageId ?? null, actor),
  }));
  route(app, API.session, ({ params, query }) => snapshot(deps, params.id, query.before ?? Number.MAX_SAFE_INTEGER));
  route(app, API.commandOutput, ({ params, query }) => sessions.output(params.id, query));
  route(app, API.sendMessage, ({ params, body, actor }) => {
    const attachments = (body.attachments ?? []).map(({ path }) => path);
    return { turnId: agent.send(params.id, { text: body.text, attachments }, actor) };
  });
  route(app, API.abort, ({ params, actor }) => {
    agent.abort(params.id, actor);
    return OK;
  });
  route(app, API.exportMarkdown, ({ params, query }) => exported(deps, params.id, { format: 'md', ...wishOf(query) }));
  route(app, API.exportJson, ({ params, query }) => exported(deps, params.id, { format: 'json', ...wishOf(query) }));
  route(app, API.exportHtml, ({ params, query }) => exported(deps, params.id, { format: 'html', ...wishOf(query) }));
  route(app, API.approvals, () => ({ approvals: approvals.pending(null) }));
  route(app, API.answer, async ({ params, body, actor }) => {
    await approvals.answer(params.id, body, actor);
    return OK;
  });
  route(app, API.previewHunks, ({ params, body }) => approvals.previewHunks(params.id, body.hunks));
}

/** All of it is read in one go, with nothing awaited: the window, the head and what is in flight belong to one moment. */
function snapshot({ sessions, agent, approvals, outputs, log }: Deps, session: SessionId, before: number) {
  const limit = LIMITS.snapshotEvents.value;
  const info = sessions.get(session);
  const events = log.window(session, { before, limit });
  return {
    seq: log.head(),
    session: info,
    events,
    more: events.length === limit,
    pendingApprovals: approvals.pending(session),
    changes: sessions.changes(session, 'session'),
    usage: sessions.usage(session),
    live: agent.live(session),
    outputs: outputs.of(session),
  };
}

const wishOf = ({ redact, full }: { redact?: 'true' | 'false' | undefined; full?: 'true' | 'false' | undefined }) => ({
  redact: redact === 'true',
  full: full === 'true',
});

const TYPES: Record<ExportWish['format'], string> = {
  md: 'text/markdown',
  json: 'application/json',
  html: 'text/html',
};

function exported({ sessions }: Deps, session: SessionId, wish: ExportWish): Response {
  const info = sessions.get(session);
  const name = `${plainName(info.createdAt, info.title)}${wish.redact ? '-redacted' : ''}.${wish.format}`;
  const headers = {
    'content-type': `${TYPES[wish.format]}; charset=utf-8`,
    // Always saved, never shown: the page's origin is no place for a document from elsewhere.
    'content-disposition': `attachment; filename="${name}"`,
  };
  return new Response(stream(sessions.export(session, wish)), { headers });
}

/** Node's own reading of its web stream type and the DOM's differ only in name. */
const stream = (chunks: AsyncIterable<string>) =>
  Readable.toWeb(Readable.from(chunks, { objectMode: false })) as ReadableStream;
