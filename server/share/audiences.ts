/** Which shares are looked at: kept in memory while somebody looks, moved on with their sessions, closed with their end. */
import type { ShareId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Bus, BusItem } from '../store/bus.ts';
import type { OpenShare } from '../store/shares.ts';
import { Audience } from './audience.ts';
import { Viewing, type ViewingDeps } from './viewing.ts';

export interface AudiencesOptions extends ViewingDeps {
  bus: Pick<Bus, 'publish'>;
  logger: Pick<Logger, 'warn'>;
  now(): number;
}

export interface Audiences {
  /** Of a share that is open, whoever looks at it. */
  of(share: OpenShare): Audience;
  /** For the bus: what ends a share ends its streams in the same moment. */
  take(item: BusItem): void;
  /** Streams of a share; of all. */
  size(id: ShareId): number;
  total(): number;
  close(): void;
}

/** Beside those that somebody looks at, the last few that somebody did. */
export function createAudiences(options: AudiencesOptions): Audiences {
  const { bus } = options;
  const open = new Map<ShareId, Audience>();
  let isTold = false;
  const end = (id: ShareId) => {
    const audience = open.get(id);
    open.delete(id);
    audience?.close();
    if (audience) onChanged();
  };
  // However many come and go at once, the owner's pages are told once.
  const onChanged = () => {
    if (isTold) return;
    isTold = true;
    setImmediate(() => {
      isTold = false;
      bus.publish({ kind: 'live', event: { type: 'shares.changed' } });
    });
  };
  const beat = setInterval(() => {
    for (const audience of open.values()) audience.beat();
  }, LIMITS.heartbeatMs.value).unref();

  return {
    of(share) {
      const known = open.get(share.id);
      if (known) return known;
      const rested = [...open].find(([, { isAtRest }]) => isAtRest);
      if (open.size >= LIMITS.sharesKept.value && rested) end(rested[0]);
      const audience = gather(share, options, { onChanged, end: () => end(share.id) });
      open.set(share.id, audience);
      return audience;
    },
    take(item) {
      if (item.kind !== 'durable') return;
      const { event } = item;
      if (event.type === 'share.revoked') return end(event.data.shareId);
      for (const [id, audience] of open) {
        if (audience.viewing.share.session !== event.chain) continue;
        if (event.type === 'session.trashed') end(id);
        else audience.move();
      }
    },
    size: (id) => open.get(id)?.size ?? 0,
    total: () => [...open.values()].reduce((sum, { size }) => sum + size, 0),
    close() {
      clearInterval(beat);
      for (const id of [...open.keys()]) end(id);
    },
  };
}

function gather(share: OpenShare, options: AudiencesOptions, on: { onChanged(): void; end(): void }): Audience {
  return new Audience({
    viewing: new Viewing(share, options),
    onChanged: on.onChanged,
    onExpired: on.end,
    onFailed(error) {
      options.logger.warn('share.failed', { share: share.id, error });
      on.end();
    },
    now: options.now,
  });
}
