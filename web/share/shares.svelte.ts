/** The owner's shares as the page has them: read at start, and again whenever one is made, opened, taken back or ended. */
import type { EventType } from '../../shared/event.ts';
import type { SessionId, ShareId } from '../../shared/ids.ts';
import type { ShareInfo } from '../../shared/share.ts';
import type { Api } from '../lib/api.ts';
import type { StreamItem } from '../lib/stream-source.ts';

const MOVING = new Set<EventType>([
  'share.created',
  'share.viewed',
  'share.revoked',
  'session.trashed',
  'session.renamed',
]);

export class SharesState {
  list: ShareInfo[] = $state.raw([]);
  readonly #api: Api;
  #asked = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Those of a session that still open. */
  openOf(session: SessionId): ShareInfo[] {
    return this.list.filter((share) => share.session === session && share.state === 'open');
  }

  take(items: readonly StreamItem[]): void {
    const moves = items.some(
      (item) =>
        (item.kind === 'event' && MOVING.has(item.event.type)) ||
        (item.kind === 'live' && item.event.type === 'shares.changed'),
    );
    // What could not be read is read with the next change; the list that is there stays.
    if (moves) this.load().catch((error: unknown) => console.warn('vtcode: the shares were not read', error));
  }

  async load(): Promise<void> {
    const turn = ++this.#asked;
    const { shares } = await this.#api.call('shares');
    if (turn === this.#asked) this.list = shares;
  }

  async revoke(id: ShareId): Promise<void> {
    await this.#api.command('revokeShare', { params: { id } });
    await this.load();
  }
}
