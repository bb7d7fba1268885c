/** The streams of events: a replay from the log, then all that happens, with nothing lost, doubled or hoarded. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoginId, SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Logger } from '../base/log.ts';
import type { BusItem } from '../store/bus.ts';
import { Channel } from './channel.ts';
import type { Deps } from './deps.ts';
import { BEAT, eventFrame, noteFrame } from './frame.ts';
import type { Logins } from './login.ts';
import { Reader } from './reader.ts';

/** Where a reader begins: with what comes, after an event that it has seen, or at something that is no such place. */
export type Start = { kind: 'now' } | { kind: 'after'; seq: number } | { kind: 'odd'; why: string };

export interface StreamRequest {
  login: LoginId;
  /** null: all of them. What belongs to no session is always sent. */
  sessions: readonly SessionId[] | null;
  start: Start;
}

export interface Streams {
  /** Throws a Fault 503 when no further stream may be opened. */
  refuseFull(): void;
  /** Writes frames to `response`, whose head is written, until either side ends it. */
  open(response: ServerResponse, request: StreamRequest): void;
  count(): number;
  /** Ends every stream, and takes no new one. */
  close(): void;
}

export interface StreamsOptions {
  log: Pick<Deps['log'], 'replay' | 'head'>;
  bus: Pick<Deps['bus'], 'subscribe'>;
  agent: Pick<Deps['agent'], 'allLive'>;
  outputs: Pick<Deps['outputs'], 'all'>;
  logins: Pick<Logins, 'onRevoked'>;
  logger: Pick<Logger, 'error' | 'warn'>;
  heartbeatMs?: number;
  stallMs?: number;
}

export function createStreams(options: StreamsOptions): Streams {
  const { heartbeatMs = LIMITS.heartbeatMs.value, logger } = options;
  const readers = new Set<Reader>();
  const channels = createChannels();
  let closed = false;
  const unsubscribe = options.bus.subscribe(channels.publish);
  const ignoreLogins = options.logins.onRevoked((login) => {
    for (const reader of readers) if (reader.of === login) reader.end();
  });
  const beat = setInterval(channels.beat, heartbeatMs).unref();

  return {
    refuseFull() {
      if (closed || readers.size >= LIMITS.subscribers.value) throw full();
    },
    open(response, request) {
      if (response.destroyed) return;
      const reader = new Reader(response, request.login, (why, waitingBytes) =>
        logger.warn('stream.evicted', { login: request.login, why, waitingBytes }),
      );
      readers.add(reader);
      response.on('close', () => {
        readers.delete(reader);
        channels.leave(reader, request.sessions);
      });
      serve(reader, request, { ...options, channels }).catch((error: unknown) => {
        logger.error('stream.failed', { login: request.login, error });
        response.destroy();
      });
    },
    count: () => readers.size,
    close() {
      closed = true;
      clearInterval(beat);
      unsubscribe();
      ignoreLogins();
      for (const reader of readers) reader.end();
    },
  };
}

/** Replays page by page from the log, then joins. Events that happen meanwhile need no queue: they are in the log too. */
async function serve(
  reader: Reader,
  { start, sessions }: StreamRequest,
  source: StreamsOptions & { channels: Channels },
) {
  const { log, agent, outputs, channels, stallMs = LIMITS.replayStallMs.value } = source;
  const head = log.head();
  if (start.kind === 'odd') return join(noteFrame('resync.required', { seq: head, why: start.why }));
  if (start.kind === 'now') return join(noteFrame('replay.complete', { seq: head }));

  reader.seq = start.seq;
  while (!reader.ended) {
    const page = log.replay(reader.seq, { sessions, limit: LIMITS.replayPage.value, bytes: LIMITS.replayBytes.value });
    reader.seq = page.last;
    if (!page.more) return join(noteFrame('replay.complete', { seq: log.head() }), page.frames);
    await reader.send(page.frames, stallMs);
    await nextTurn();
  }

  /** Nothing is awaited between the last reading of the log and this, so nothing can have happened in between. */
  function join(note: string, frames: Uint8Array = new Uint8Array()): void {
    const live = agent.allLive().filter(({ session }) => sessions === null || sessions.includes(session));
    const tails = outputs.all().filter(({ session }) => sessions === null || sessions.includes(session));
    const printed = tails.map((event) => eventFrame({ kind: 'live', event })).join('');
    const states = live.map((state) => noteFrame('live.state', state)).join('') + printed;
    // The deltas that wait for those who are here already are in these states too.
    channels.flush();
    reader.push(Buffer.concat([frames, Buffer.from(note + states)]));
    reader.seq = Math.max(reader.seq, log.head());
    channels.enter(reader, sessions);
  }
}

type Channels = ReturnType<typeof createChannels>;

/** One channel for each set of sessions that someone reads. An item is serialised once, whoever reads it. */
function createChannels() {
  const channels = new Map<string, Channel>();
  let flushing = false;
  const key = (sessions: readonly SessionId[] | null) => sessions?.toSorted().join() ?? '*';
  const flush = () => {
    flushing = false;
    for (const channel of channels.values()) channel.flush();
  };

  return {
    flush,
    publish(item: BusItem): void {
      let frame: string | null = null;
      for (const channel of channels.values()) {
        if (!channel.takes(item)) continue;
        frame ??= eventFrame(item);
        channel.add(frame, item.kind === 'durable' ? item.event.seq : 0);
        if (channel.waiting > LIMITS.subscriberBytes.value) channel.flush();
      }
      if (frame === null || flushing) return;
      flushing = true;
      setImmediate(flush);
    },
    beat(): void {
      for (const channel of channels.values()) for (const reader of channel.readers) reader.push(BEAT_BYTES);
    },
    enter(reader: Reader, sessions: readonly SessionId[] | null): void {
      const channel = channels.get(key(sessions)) ?? new Channel(sessions);
      channels.set(key(sessions), channel);
      channel.readers.add(reader);
    },
    leave(reader: Reader, sessions: readonly SessionId[] | null): void {
      const channel = channels.get(key(sessions));
      channel?.readers.delete(reader);
      if (channel?.readers.size === 0) channels.delete(key(sessions));
    },
  };
}

const BEAT_BYTES = Buffer.from(BEAT);

const full = () =>
  new Fault({
    status: 503,
    code: 'too_many_streams',
    message: `Expected at most ${LIMITS.subscribers.value} streams at once; there are as many already.`,
    hint: 'Close a page that reads this server, then try again.',
  });
