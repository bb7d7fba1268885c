/** The shares of a workspace: made on purpose, opened by their token alone, closed at once when they end. */
import type { Actor } from '../../shared/event.ts';
import type { Body, Response } from '../../shared/api.ts';
import { newShareId, type SessionId, type ShareId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ShareInfo, ShareWish } from '../../shared/share.ts';
import { Fault } from '../base/fault.ts';
import type { Logger } from '../base/log.ts';
import type { Bus } from '../store/bus.ts';
import type { EventLog } from '../store/log.ts';
import type { ShareReads, ShareWrites } from '../store/shares.ts';
import type { Audience } from './audience.ts';
import { createAudiences } from './audiences.ts';
import { lookAt } from './look.ts';
import { hashOfToken, isTokenOf, newToken } from './token.ts';
import type { ViewingDeps } from './viewing.ts';
import { createViews } from './views.ts';

export interface SharesOptions extends Omit<ViewingDeps, 'log'> {
  log: EventLog;
  sessions: { get(session: SessionId): unknown };
  bus: Bus;
  shares: ShareReads & ShareWrites;
  /** Opens the second port where it is not open yet. `origin` is what a link begins with. */
  open(): Promise<{ origin: string; port: number }>;
  logger: Pick<Logger, 'warn'>;
  now?: () => number;
}

export interface Shares {
  look(session: SessionId, wish: ShareWish): Promise<Response<'lookShare'>>;
  /** Throws a Fault: 404 where there is no such session, 409 where there are too many shares. */
  create(session: SessionId, asked: Asked, actor: Actor): Promise<{ id: ShareId; expiresAt: string }>;
  /** The link of a share that was made a moment ago; empty later. */
  linkOf(id: string): string;
  list(session: SessionId | null): ShareInfo[];
  /** Throws a Fault: 404 where there is none, 409 where it has ended. */
  revoke(id: ShareId, actor: Actor): void;
  /** Who has the right token of a share that is open; null for all else, whatever it is. */
  admit(id: string, token: string): Audience | null;
  /** Whether a share of this id was made, and opens nothing any more. */
  hasEnded(id: string): boolean;
  /** Counts one more look at a share, and records it. */
  viewed(audience: Audience): void;
  /** Throws a Fault 503 where no further stream may be opened. */
  refuseFull(audience: Audience): void;
  close(): void;
}

type Asked = ShareWish & Pick<Required<Body<'createShare'>>, 'expiresInMinutes'> & { upTo?: number | undefined };

export function createShares(options: SharesOptions): Shares {
  const { log, bus, shares, sessions, now = Date.now } = options;
  const at = () => new Date(now()).toISOString();
  const audiences = createAudiences({ ...options, now });
  const views = createViews({ shares, now, onFailed: (error) => options.logger.warn('share.view_lost', { error }) });
  const links = new Map<string, { url: string; until: number }>();
  const stop = bus.subscribe(audiences.take);
  shares.sweep(at());

  return {
    look(session, wish) {
      sessions.get(session);
      return lookAt(options, session, wish);
    },
    async create(session, { expiresInMinutes, upTo = log.head(), ...wish }, actor) {
      sessions.get(session);
      if (shares.countOpen(at()) >= LIMITS.shares.value) throw tooMany();
      const { origin, port } = await options.open();
      const id = newShareId();
      const token = newToken();
      const expiresAt = new Date(now() + expiresInMinutes * 60_000).toISOString();
      const facts = { live: wish.live, upTo: Math.min(upTo, log.head()), port };
      shares.add({ id, session, expiresAt, token: hashOfToken(token), wish: bare(wish), ...facts }, actor);
      for (const [old, { until }] of links) if (until <= now()) links.delete(old);
      links.set(id, { url: `${origin}/share/${id}#${token}`, until: now() + LIMITS.shareLinkMs.value });
      return { id, expiresAt };
    },
    linkOf(id) {
      const link = links.get(id);
      return link === undefined || link.until <= now() ? '' : link.url;
    },
    list: (session) =>
      shares
        .list({ now: at(), limit: LIMITS.sharesListed.value, session })
        .map((share) => ({ ...share, viewers: audiences.size(share.id) })),
    revoke(id, actor) {
      shares.revoke(id, actor);
      links.delete(id);
    },
    admit(id, token) {
      const share = shares.open(id, at());
      return isTokenOf(token, share?.token ?? null) && share !== null ? audiences.of(share) : null;
    },
    hasEnded: (id) => shares.hasEnded(id, at()),
    viewed: (audience) => views.add(audience.viewing.share.id),
    refuseFull(audience) {
      if (audience.size >= LIMITS.shareViewers.value || audiences.total() >= LIMITS.shareStreams.value) throw full();
    },
    close() {
      stop();
      views.close();
      audiences.close();
    },
  };
}

/** The fields of a wish, and nothing that came with them. */
const bare = ({ live, redactions, reasoning, output }: ShareWish): ShareWish => ({
  live,
  redactions,
  reasoning,
  output,
});

const tooMany = () =>
  new Fault({
    status: 409,
    code: 'too_many_shares',
    message: `Expected at most ${LIMITS.shares.value} shares that are open at once; there are as many already.`,
    hint: 'Revoke one, then try again.',
  });

const full = () =>
  new Fault({
    status: 503,
    code: 'too_many_viewers',
    message: 'Too many look at this at once.',
    hint: 'Try again in a minute.',
  });
