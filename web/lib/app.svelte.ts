/** The page's whole: it joins the stream, the workspace, the session on screen and the address. */
import { createContext } from 'svelte';
import type { SessionId } from '../../shared/ids.ts';
import { SharesState } from '../share/shares.svelte.ts';
import { Api } from './api.ts';
import { Notes } from './notes.svelte.ts';
import { OpenFiles } from './open-files.svelte.ts';
import { PlaceState, type Front } from './place.svelte.ts';
import { readPref, writePref } from './prefs.ts';
import { SessionState } from './session.svelte.ts';
import { listen } from './stream.ts';
import type { StreamItem, StreamState } from './stream-source.ts';
import { WorkspaceState } from './workspace.svelte.ts';

export const [getApp, setApp] = createContext<App>();

export type SideTab = 'changes' | 'terminal';

export class App {
  readonly api: Api;
  readonly workspace: WorkspaceState;
  readonly place = new PlaceState();
  readonly files = new OpenFiles();
  readonly notes = new Notes();
  readonly shares: SharesState;
  session: SessionState | null = $state.raw(null);
  /** Why what came could not be read; empty while all is well. */
  unreadable = $state('');
  /** The narrow page shows one of these at a time. */
  view: 'main' | 'files' | 'changes' | 'sessions' = $state('main');
  /** What stands at the right; on the narrow page it is what `changes` shows. */
  side: SideTab = $state(readPref('side') === 'terminal' ? 'terminal' : 'changes');

  readonly #onRefused: () => void;
  #begun: SessionId | null = null;

  readonly #token: string;

  /** `onRefused` is called when the token is no longer good. */
  constructor({ token, onRefused }: { token: string; onRefused: () => void }) {
    this.#token = token;
    this.#onRefused = onRefused;
    this.api = new Api({ token: () => token, onRefused });
    this.workspace = new WorkspaceState(this.api);
    this.shares = new SharesState(this.api);
  }

  /** Joins the stream and reads, both at once: where the stream turns out to be ahead, what was read is read again. */
  start(): () => void {
    if (this.place.file !== null) this.files.open(this.place.file);
    const stopStream = listen(this.#token, {
      onItems: (items) => this.#take(items),
      onState: (state) => this.#stream(state),
      onMissed: () => this.#reload(),
    });
    const stopPlace = this.place.follow(() => this.#follow());
    void this.#first();
    return () => {
      stopStream();
      stopPlace();
      this.session?.close();
    };
  }

  openSession(id: SessionId): void {
    this.place.go({ session: id, file: null, front: 'chat' });
    this.view = 'main';
    this.#show(id);
  }

  openFile(path: string, line: number | null = null): void {
    this.files.open(path);
    this.place.go({ file: path, line });
    this.view = 'main';
  }

  closeFile(path: string): void {
    const next = this.files.close(path);
    if (this.place.file === path) this.place.go({ file: next, line: null });
  }

  showChat(): void {
    this.showFront('chat');
  }

  showFront(front: Front): void {
    this.place.go({ file: null, front });
    this.view = 'main';
  }

  /** The session on screen is not there any more: what comes next in the list takes its place, or none. */
  #leave(id: SessionId): void {
    if (this.session?.id !== id) return;
    this.session.close();
    this.session = null;
    const next = firstOf(this.workspace);
    this.place.go({ session: next }, { silent: true });
    if (next !== null) this.#show(next);
  }

  /** Goes to a session that nothing is in yet. */
  async newSession(title?: string): Promise<SessionId> {
    const body = title === undefined ? {} : { title };
    const { id } = await this.api.command('createSession', { body });
    this.openSession(id);
    return id;
  }

  /** The first words of a session: makes it, says them, goes there. Said again after a failure, it is the same session. */
  async begin(text: string): Promise<void> {
    this.#begun ??= (await this.api.command('createSession', { body: {} })).id;
    await this.api.command('sendMessage', { params: { id: this.#begun }, body: { text } });
    this.openSession(this.#begun);
    this.#begun = null;
  }

  /** Where a waiting request is drawn: goes there and brings it into view. The focus stays where it is. */
  showApproval(session: SessionId | null, approval: string): void {
    if (session === null) this.showSide('terminal');
    else this.openSession(session);
    const bring = (tries: number) => {
      const card = document.getElementById(`approval-${approval}`);
      if (card) card.scrollIntoView({ block: 'nearest' });
      else if (tries > 0) requestAnimationFrame(() => bring(tries - 1));
    };
    bring(120);
  }

  showSide(tab: SideTab): void {
    this.side = tab;
    writePref('side', tab);
    this.view = 'changes';
  }

  async logOut(): Promise<void> {
    await this.notes.attempt(() => this.api.command('logout'));
    this.#onRefused();
  }

  async #first(): Promise<void> {
    if (this.place.session !== null) this.#show(this.place.session);
    await this.workspace.load();
    if (this.place.session !== null) return;
    const latest = firstOf(this.workspace);
    if (latest === null) return;
    this.place.go({ session: latest }, { silent: true });
    this.#show(latest);
  }

  #show(id: SessionId): void {
    if (this.session?.id === id) return;
    this.session?.close();
    this.session = new SessionState(id, { api: this.api, workspace: this.workspace });
  }

  #follow(): void {
    const { session, file } = this.place;
    if (file !== null) this.files.open(file);
    if (session !== null) this.#show(session);
  }

  #take(items: StreamItem[]): void {
    this.workspace.take(items);
    this.shares.take(items);
    this.session?.take(items);
    for (const item of items) {
      if (item.kind === 'unreadable') this.unreadable = item.why;
      if (item.kind === 'resync') this.#reload();
      if (item.kind === 'event' && item.event.type === 'session.trashed') this.#leave(item.event.chain as SessionId);
    }
  }

  #stream(state: StreamState): void {
    this.workspace.stream = state;
    if (state.phase === 'refused') return this.#onRefused();
    if (state.phase !== 'live' || !state.fresh) return;
    // The lists have no number to tell whether something fell between them and the stream.
    void this.workspace.load();
    void this.notes.attempt(() => this.shares.load());
    this.session?.reach(state.seq);
  }

  #reload(): void {
    void this.workspace.load();
    void this.session?.read();
  }
}

/** Where the page begins: the session that needs the person and was last at work, else the last one. */
function firstOf({ sessions, approvals }: WorkspaceState): SessionId | null {
  const needy = new Set(approvals.map((approval) => approval.session));
  const latest = sessions.filter(({ archived }) => !archived).sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  return (latest.find((info) => needy.has(info.id)) ?? latest[0])?.id ?? null;
}
