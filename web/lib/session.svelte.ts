/** One session on the page: what its events fold to, what is in flight, and what the person can do with it. */
import type { ApprovalAnswer, PendingApproval, Response, SessionInfo } from '../../shared/api.ts';
import type { Change } from '../../shared/changes-api.ts';
import { SessionEvent, type LiveEvent, type LiveState } from '../../shared/event.ts';
import type { ApprovalId, SessionId } from '../../shared/ids.ts';
import { addUsage, NO_USAGE, type Usage } from '../../shared/message.ts';
import { emptyTimeline, extend, extendLive, extendTail, fold, type Timeline } from '../../shared/timeline.ts';
import { failureFrom, type Api, type ApiFailure } from './api.ts';
import { byFrame, type Gathered } from './frame.ts';
import { keepOutput } from './live-output.ts';
import { settleLive, takeLive, type PieceEvent } from './live-text.ts';
import type { StreamItem } from './stream-source.ts';
import type { WorkspaceState } from './workspace.svelte.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'commandId'> : never;
export type Answer = Unnumbered<ApprovalAnswer>;

interface Parts {
  api: Api;
  workspace: WorkspaceState;
  /** When what came is folded; by the page's frames, unless said otherwise. */
  gather?: (run: () => void) => Gathered;
}

export class SessionState {
  readonly id: SessionId;
  readonly #api: Api;
  readonly #workspace: WorkspaceState;
  #snapshotInfo: SessionInfo | null = $state.raw(null);
  state: 'loading' | 'ready' | 'failed' = $state('loading');
  failure: ApiFailure | null = $state.raw(null);
  /** A new object with a new `items` at most once a frame; an item keeps its identity until it changes. */
  timeline: Timeline = $state.raw(emptyTimeline());
  live: LiveState | null = $state.raw(null);
  /** True where older events stand before what is here. */
  more = $state(false);
  /** Of the whole session, also of what is not on the page. */
  usage: Usage = $state.raw(NO_USAGE);
  /** What the session changed so far, one entry a file, as the server's ledger has it at the last reading. */
  changes: Change[] = $state.raw([]);
  readonly info: SessionInfo | null = $derived.by(
    () => this.#workspace.sessions.find((info) => info.id === this.id) ?? this.#snapshotInfo,
  );
  /** The requests of it that wait. */
  readonly pending: PendingApproval[] = $derived.by(() =>
    this.#workspace.approvals.filter((approval) => approval.session === this.id),
  );
  #events: SessionEvent[] = [];
  #folded: Timeline = emptyTimeline();
  #inbox: StreamItem[] = [];
  #reading = false;
  #again = false;
  #needed = 0;
  #older: Promise<void> | null = null;
  /** The message whose pieces had a gap that a snapshot was asked for: once, then its end is awaited. */
  #gap = '';
  readonly #frame: Gathered;

  constructor(id: SessionId, { api, workspace, gather = byFrame }: Parts) {
    this.id = id;
    this.#api = api;
    this.#workspace = workspace;
    this.#frame = gather(() => this.#flush());
    void this.read();
  }

  close(): void {
    this.#frame.stop();
  }

  /** What the stream brought; only what is of this session is kept. */
  take(items: StreamItem[]): void {
    const mine = items.filter((item) => sessionOf(item) === this.id);
    if (mine.length === 0) return;
    this.#inbox.push(...mine);
    if (!this.#reading) this.#frame.ask();
  }

  /** Makes sure that all up to an event is here: what the stream did not bring is read. */
  reach(seq: number): void {
    if (this.#reading) this.#needed = Math.max(this.#needed, seq);
    else if (this.#folded.lastSeq < seq) void this.read();
  }

  /** Reads the snapshot; what the stream brings meanwhile waits and is folded after it. Never throws. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        this.#adopt(await this.#api.call('session', { params: { id: this.id } }));
        if (this.#folded.lastSeq < this.#needed) this.#again = true;
        this.#needed = 0;
      } while (this.#again);
      this.state = 'ready';
      this.failure = null;
    } catch (error) {
      this.failure = failureFrom(error);
      if (this.state === 'loading') this.state = 'failed';
    } finally {
      this.#reading = false;
    }
    this.#flush();
  }

  /** Reads the events before the first that is here. Throws an ApiFailure. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#readOlder().finally(() => (this.#older = null));
    return this.#older;
  }

  async send(text: string): Promise<void> {
    await this.#api.command('sendMessage', { params: { id: this.id }, body: { text } });
  }

  async stop(): Promise<void> {
    await this.#api.command('abort', { params: { id: this.id } });
  }

  async rename(title: string): Promise<void> {
    await this.#api.command('patchSession', { params: { id: this.id }, body: { title } });
  }

  /** Answers a request with the digest of what was shown. Throws an ApiFailure: 409 or 410 when it was not to be answered so. */
  async answer(approval: ApprovalId, answer: Answer): Promise<void> {
    await this.#api.command('answer', { params: { id: approval }, body: answer });
  }

  /** The exact effect of landing some hunks: what their answer must carry the digest of. */
  previewHunks(approval: ApprovalId, hunks: Record<string, string[]>): Promise<Response<'previewHunks'>> {
    return this.#api.call('previewHunks', { params: { id: approval }, body: { hunks } });
  }

  #adopt(snapshot: Response<'session'>): void {
    const events = snapshot.events.map((event) => SessionEvent.parse(event));
    this.#snapshotInfo = snapshot.session;
    this.#events = events;
    this.#folded = keepOutput(this.#folded, fold(events));
    for (const tail of snapshot.outputs) extendTail(this.#folded, tail);
    this.#folded.lastSeq = Math.max(this.#folded.lastSeq, snapshot.seq);
    this.live = snapshot.live;
    this.more = snapshot.more;
    this.usage = snapshot.usage;
    this.changes = snapshot.changes;
  }

  async #readOlder(): Promise<void> {
    const first = this.#events[0];
    if (!this.more || first === undefined) return;
    const page = await this.#api.call('session', { params: { id: this.id }, query: { before: first.seq } });
    if (this.#events[0] !== first) return;
    const { lastSeq } = this.#folded;
    this.#events = [...page.events.map((event) => SessionEvent.parse(event)), ...this.#events];
    this.#folded = keepOutput(this.#folded, fold(this.#events));
    this.#folded.lastSeq = Math.max(this.#folded.lastSeq, lastSeq);
    this.more = page.more;
    this.#show();
  }

  #flush(): void {
    if (this.#reading) return;
    const items = this.#inbox;
    this.#inbox = [];
    let live = this.live;
    for (const item of items) {
      if (item.kind === 'event') live = this.#event(item.event, live);
      else if (item.kind === 'live-state') {
        live = item.state;
        this.#gap = '';
      } else if (item.kind === 'live') live = this.#piece(item.event, live);
    }
    this.live = live;
    this.#show();
  }

  #piece(event: LiveEvent, live: LiveState | null): LiveState | null {
    if (event.type === 'workspace.changed' || event.type === 'shares.changed') return live;
    if (event.type === 'command.tail') {
      extendTail(this.#folded, event);
      return live;
    }
    if (event.type === 'command.output') {
      extendLive(this.#folded, event);
      return live;
    }
    const taken = takeLive(live, event);
    if (taken.ok) return taken.live;
    this.#mend(event);
    return live;
  }

  #mend(event: PieceEvent): void {
    if (this.#gap === event.messageId) return;
    this.#gap = event.messageId;
    void this.read();
  }

  #event(event: SessionEvent, live: LiveState | null): LiveState | null {
    // A snapshot may hold a message whose pieces were still on their way: their end is this event, folded or not.
    if (event.seq <= this.#folded.lastSeq) return event.type === 'message.assistant' ? settleLive(live, event) : live;
    this.#events.push(event);
    extend(this.#folded, event);
    if (event.type === 'usage.recorded') this.usage = addUsage(this.usage, event.data.usage);
    return settleLive(live, event);
  }

  #show(): void {
    this.timeline = { ...this.#folded, items: [...this.#folded.items] };
  }
}

function sessionOf(item: StreamItem): string | null {
  if (item.kind === 'event') return item.event.chain;
  if (item.kind === 'live-state') return item.session;
  if (item.kind === 'live' && 'session' in item.event) return item.event.session;
  return null;
}
