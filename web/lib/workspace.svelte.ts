/** What is true of the workspace and of all its sessions, as reactive state. */
import type { ListedSession, PendingApproval, SessionInfo, Workspace } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Mode } from '../../shared/verdict.ts';
import { failureFrom, type Api, type ApiFailure } from './api.ts';
import { foldApprovals, foldSessions } from './rail.ts';
import type { StreamItem, StreamState } from './stream-source.ts';

/** Events after which the workspace's own facts are read again. */
const FACTS = new Set([
  'mode.changed',
  'model.changed',
  'trust.granted',
  'trust.changed',
  'trust.revoked',
  'sandbox.probed',
  'server.started',
]);

/** Events that bring a session back into the list: it is read again. */
const BACK = new Set(['session.restored', 'session.archived']);
/** Events after which the terminals are read again. */
const TERMINALS = /^(terminal|trust|server)\./;
/** And, of no session: a wish was asked about, or is over. It is told to be opened before it runs. */
const ASKED = /^(approval\.|action\.(finished|denied)$)/;

export class WorkspaceState {
  info: Workspace | null = $state.raw(null);
  sessions: readonly SessionInfo[] = $state.raw([]);
  /** Where older sessions go on; null where all are here. */
  next: string | null = $state.raw(null);
  approvals: readonly PendingApproval[] = $state.raw([]);
  stream: StreamState = $state.raw({ phase: 'connecting' });
  /** What stopped the first reading. */
  failure: ApiFailure | null = $state.raw(null);
  /** True once all has been read for the first time. */
  ready = $state(false);
  /** Rises when files may have changed: what lists them reads again. */
  filesVersion = $state(0);
  /** Rises when the ledger of changes has grown. */
  changesVersion = $state(0);
  /** Rises when a rule may have come, gone or been used, or what rules rest on changed. */
  policyVersion = $state(0);

  /** Rises when a terminal may be another one, or may be had or not. */
  terminalsVersion = $state(0);

  readonly #api: Api;
  /** Events that came while lists were being read: they are folded into what was read. One list for each reading. */
  readonly #during = new Set<SessionEvent[]>();
  #bringing = false;
  #asked = 0;
  #shown = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  readonly connection = $derived.by(() => {
    if (this.stream.phase === 'live') return 'live';
    if (this.stream.phase === 'refused') return 'offline';
    return this.ready ? 'reconnecting' : 'connecting';
  });

  /** Reads everything. What comes by the stream meanwhile is not lost. Never throws. */
  async load(): Promise<void> {
    const during: SessionEvent[] = [];
    this.#during.add(during);
    const turn = ++this.#asked;
    try {
      const [info, sessions, approvals] = await Promise.all([
        this.#api.call('workspace'),
        this.#api.call('sessions'),
        this.#api.call('approvals'),
      ]);
      // An answer that was overtaken by that of a later question is no longer news.
      if (turn < this.#shown) return;
      this.#shown = turn;
      this.info = info;
      this.next = sessions.next;
      this.sessions = during.reduce(foldSessions, sessions.sessions);
      this.approvals = during.reduce(foldApprovals, approvals.approvals);
      this.failure = null;
      this.ready = true;
      this.filesVersion++;
      this.changesVersion++;
      this.terminalsVersion++;
    } catch (error) {
      this.failure = failureFrom(error);
    } finally {
      this.#during.delete(during);
    }
  }

  take(items: StreamItem[]): void {
    for (const item of items) {
      if (item.kind === 'event') this.#event(item.event);
      if (item.kind === 'live' && item.event.type === 'workspace.changed') {
        this.filesVersion++;
        this.policyVersion++;
        void this.#facts();
      }
    }
  }

  async olderSessions(): Promise<void> {
    if (this.next === null) return;
    const page = await this.#api.call('sessions', { query: { cursor: this.next } });
    const held = new Set(this.sessions.map((info) => info.id));
    this.sessions = [...this.sessions, ...page.sessions.filter((info) => !held.has(info.id))];
    this.next = page.next;
  }

  /** Sessions that hold the words, each with where they stand in it. */
  async search(query: string, signal: AbortSignal): Promise<ListedSession[]> {
    return (await this.#api.call('sessions', { query: { query }, signal })).sessions;
  }

  /** Those that were put out of the list, the newest of them. */
  async archived(signal: AbortSignal): Promise<ListedSession[]> {
    return (await this.#api.call('sessions', { query: { archived: 'true' }, signal })).sessions;
  }

  async setMode(mode: Mode): Promise<void> {
    await this.#api.command('patchWorkspace', { body: { mode } });
  }

  async setModel(model: string): Promise<void> {
    await this.#api.command('patchWorkspace', { body: { model } });
  }

  /** What is left out stays as it is. */
  async arrange(session: SessionId, wish: { title?: string; pinned?: boolean; archived?: boolean }): Promise<void> {
    await this.#api.command('patchSession', { params: { id: session }, body: wish });
  }

  /** Something happened in a session of a page that was not read: by now it stands on the first. */
  async #bring(): Promise<void> {
    if (this.#bringing) return;
    this.#bringing = true;
    const during: SessionEvent[] = [];
    this.#during.add(during);
    try {
      const { sessions } = await this.#api.call('sessions');
      const held = new Set(this.sessions.map((info) => info.id));
      const read = during.reduce(foldSessions, sessions);
      this.sessions = [...this.sessions, ...read.filter((info) => !held.has(info.id))];
    } catch (error) {
      console.warn('vtcode: a session of an older page could not be read', error); // as in #facts
    } finally {
      this.#during.delete(during);
      this.#bringing = false;
    }
    if (during.some((event) => this.#isMissing(event))) void this.#bring();
  }

  #isMissing({ chain }: SessionEvent): boolean {
    return chain !== 'workspace' && this.next !== null && !this.sessions.some((info) => info.id === chain);
  }

  #event(event: SessionEvent): void {
    for (const during of this.#during) during.push(event);
    this.sessions = foldSessions(this.sessions, event);
    this.approvals = foldApprovals(this.approvals, event);
    if (this.#isMissing(event) || BACK.has(event.type)) void this.#bring();
    if (event.type === 'file.changed') this.filesVersion++;
    // The ledger counts commands, for it does not list what they change.
    if (event.type === 'file.changed' || event.type === 'command.started') this.changesVersion++;
    if (event.type === 'grant.added' || event.type === 'grant.revoked') this.policyVersion++;
    if (FACTS.has(event.type)) {
      this.policyVersion++;
      void this.#facts();
    }
    if (TERMINALS.test(event.type) || (event.chain === 'workspace' && ASKED.test(event.type))) this.terminalsVersion++;
  }

  async #facts(): Promise<void> {
    try {
      this.info = await this.#api.call('workspace');
    } catch (error) {
      // What is shown stays; the connection's own state tells that the server is away.
      console.warn('vtcode: the workspace could not be read again', error);
    }
  }
}
