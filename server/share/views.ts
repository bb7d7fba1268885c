/** Records that shares are looked at: the first time at once, what follows at most once a minute, however often it is. */
import type { ShareId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ShareWrites } from '../store/shares.ts';

interface ViewsOptions {
  shares: Pick<ShareWrites, 'viewed'>;
  now(): number;
  /** Views that were told later could not be recorded. */
  onFailed(error: unknown): void;
}

export interface Views {
  /** Throws what the log throws where the first view cannot be recorded: it is then not to be answered. */
  add(id: ShareId): void;
  /** Records what waits. */
  close(): void;
}

export function createViews({ shares, now, onFailed }: ViewsOptions): Views {
  const told = new Map<ShareId, { until: number; waiting: number; timer: NodeJS.Timeout | undefined }>();
  const tell = (id: ShareId) => {
    const known = told.get(id);
    if (known === undefined || known.waiting === 0) return void told.delete(id);
    const views = known.waiting;
    told.delete(id);
    try {
      shares.viewed(id, views);
    } catch (error) {
      onFailed(error);
    }
  };
  return {
    add(id) {
      const known = told.get(id);
      if (known !== undefined && known.until > now()) {
        known.waiting++;
        known.timer ??= setTimeout(() => tell(id), LIMITS.shareViewedMs.value).unref();
        return;
      }
      clearTimeout(known?.timer);
      shares.viewed(id, 1 + (known?.waiting ?? 0));
      told.set(id, { until: now() + LIMITS.shareViewedMs.value, waiting: 0, timer: undefined });
    },
    close() {
      for (const [id, { timer }] of told) {
        clearTimeout(timer);
        tell(id);
      }
    },
  };
}
