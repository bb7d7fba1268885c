/** A whole server on a real port: the real app, guard, log and listener; behind them an agent and files as small as can be. */
import { NO_POLICY_PORT } from '../fixtures/standing.ts';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workspace } from '../../shared/api.ts';
import type { LiveState } from '../../shared/event.ts';
import { newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { createApp, houseOf, type AppDeps } from '../../server/app.ts';
import { Fault } from '../../server/base/fault.ts';
import { sha256 } from '../../server/base/hash.ts';
import { hostNames, LOOPBACK_NAMES } from '../../server/guard.ts';
import { listen, type ListenOptions } from '../../server/http.ts';
import type { Deps } from '../../server/routes/deps.ts';
import { createLogins } from '../../server/routes/login.ts';
import type { Asset } from '../../server/routes/static.ts';
import { createTickets } from '../../server/routes/tickets.ts';
import { createStreams, type StreamsOptions } from '../../server/routes/stream.ts';
import { createShares } from '../../server/share/shares.ts';
import { createOutputReads } from '../../server/store/output.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { NO_CONFINEMENT } from '../fixtures/confined.ts';
import { NO_TERMINALS_PORT } from '../fixtures/terminals.ts';

export const USER = 'user:ada/test';

interface Options {
  listen?: Partial<ListenOptions>;
  streams?: Partial<StreamsOptions>;
  now?: () => number;
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/** Opens it on a free port; `close` ends it and removes its files. */
export async function openHouse(options: Options = {}) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-house-')));
  const store = await openStore(dir, testSeals(dir));
  const logins = createLogins({ user: 'ada', ...(options.now ? { now: options.now } : {}) });
  const errors: Record<string, unknown>[] = [];
  const logger = {
    error: (event: string, facts = {}) => void errors.push({ event, ...facts }),
    warn: (event: string, facts = {}) => void errors.push({ event, ...facts }),
  };
  const live = new Map<SessionId, LiveState>();
  const ports = createPorts(store, live);
  const streams = createStreams({
    ...store,
    agent: ports.agent,
    outputs: ports.outputs,
    logins,
    logger,
    ...options.streams,
  });
  let hosts: ReadonlySet<string> = new Set<string>();
  const assets = { shell: asset('<!doctype html><title>vtcode</title>', 'text/html; charset=utf-8'), files: FILES };
  const audit = { ...store.audit, verify: () => Promise.reject(new Error('there is no key in this house')) };
  const tickets = createTickets({ logins, ...(options.now ? { now: options.now } : {}) });
  const deps: AppDeps = {
    ...store,
    ...ports,
    audit,
    ...{ shares: sharesOf(store, logger), terminals: NO_TERMINALS_PORT, policy: NO_POLICY_PORT },
    logins,
    tickets,
    streams,
    assets,
    hosts: () => hosts,
    logger,
  };
  const app = createApp(deps);
  const server = await listen({
    app,
    house: houseOf(deps),
    host: '127.0.0.1',
    port: 0,
    fixed: false,
    logger,
    ...options.listen,
  });
  hosts = hostNames(LOOPBACK_NAMES, server.port);
  const { token, login } = logins.login(logins.issueCode());
  return {
    ...{ app, deps, store, logins, streams, live, errors, server, token, login },
    port: server.port,
    origin: `http://127.0.0.1:${server.port}`,
    bearer: `Bearer ${token}`,
    async close() {
      streams.close();
      await server.close(1_000);
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Shares that have no port. */
const sharesOf = (store: Store, logger: AppDeps['logger']) =>
  createShares({ ...store, facts: NO_FACTS, open: async () => ({ origin: 'http://127.0.0.1:1', port: 1 }), logger });

const NO_FACTS = { known: [], home: '', root: '', host: '', user: '' };

const asset = (text: string, type: string): Asset => ({
  bytes: new TextEncoder().encode(text),
  type,
  etag: `"${sha256(text).slice(0, 32)}"`,
  immutable: type.startsWith('text/javascript'),
});

const FILES = new Map([
  ['/assets/index-abc123.js', asset('export {};', 'text/javascript; charset=utf-8')],
  ['/favicon.svg', asset('<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml')],
]);

/** An agent that only records what it is told, one file, no approvals. */
function createPorts(store: Store, live: Map<SessionId, LiveState>) {
  const file = { path: 'a.txt', text: 'a\n' };
  const agent: Deps['agent'] = {
    send(session, { text }, actor) {
      const turn = newTurnId();
      const data = { messageId: newMessageId(), text, delivery: 'start' as const };
      store.log.record({ type: 'message.user', data, session, turn, actor });
      return turn;
    },
    abort: (session) => void store.sessions.get(session),
    live: (session) => live.get(session) ?? null,
    allLive: () => [...live].map(([session, state]) => ({ session, state })),
  };
  const files: Deps['files'] = {
    list: async (path) => ({ path, entries: [], left: 0 }),
    view: async (path) => ({
      ...VIEW,
      path,
      size: file.text.length,
      content: { kind: 'text', text: file.text, truncated: false },
    }),
    save: async ({ content }) => {
      file.text = content;
      return { sha256: sha256(content) };
    },
    find: async () => ({ paths: [file.path], truncated: false }),
    grep: async () => ({ matches: [], truncated: false }),
  };
  const workspace: Deps['workspace'] = {
    info: async (login) => ({ ...WORKSPACE, login }),
    choose: async ({ mode }, actor) => {
      if (mode !== null) store.log.record({ type: 'mode.changed', data: { mode }, session: null, turn: null, actor });
    },
    trust: async () => ({ trusted: false, reason: 'never asked', digest: sha256(''), files: [], marker: 'none' }),
    giveTrust: async () => {
      throw new Fault({ status: 409, code: 'trust_changed', message: 'What was shown has changed.' });
    },
  };
  const sessions = {
    ...store.sessions,
    ...createOutputReads(store.sessions, store.blobs),
    export: async function* () {
      yield '# A session\n';
    },
  };
  const approvals: Deps['approvals'] = {
    pending: () => [],
    answer: async () => {
      throw new Fault({ status: 404, code: 'no_such_request', message: 'There is no such request.' });
    },
    previewHunks: async () => {
      throw new Fault({ status: 404, code: 'no_such_request', message: 'There is no such request.' });
    },
  };
  const outputs: Deps['outputs'] = { of: () => [], all: () => [] };
  return { changes: NO_CHANGES, agent, files, workspace, sessions, approvals, outputs };
}

const noChange = async () => {
  throw new Fault({ status: 404, code: 'no_change', message: 'Nothing was changed here.' });
};
const NO_CHANGES: Deps['changes'] = {
  read: async () => ({ changes: [], turns: [], reverts: [], takenBack: [], commands: 0 }),
  ...{ file: noChange, preview: noChange, revert: noChange },
};

const VIEW = {
  ...{ mode: 0o644, sha256: sha256('a\n'), lineEnding: 'lf' as const, bom: false },
  ...{ finalNewline: true, protected: false, sensitive: false },
} as const;

const WORKSPACE: Workspace = {
  ...{
    path: '/w',
    shownPath: '/w',
    name: 'w',
    branch: '',
    trust: { trusted: false, reason: 'never asked', changed: [], bound: [] },
  },
  ...{ sandbox: NO_CONFINEMENT.status(), network: 'none', mode: 'ask', modes: [], models: [] },
  provider: { name: 'script', kind: 'scripted', model: 'script', note: '', contextTokens: 1 },
  ...{ instructions: [], tools: [], absentTools: [], version: '0', login: '' },
};
