/** What a link opens: the page at `/share/:id`, the steps as pages of JSON, and the stream of them. Nothing here changes anything. */
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { LIMITS } from '../../shared/limits.ts';
import { SHARE_PORT_API } from '../../shared/share-port-api.ts';
import { Fault } from '../base/fault.ts';
import type { Logger } from '../base/log.ts';
import type { Audience, Viewer } from '../share/audience.ts';
import type { Shares } from '../share/shares.ts';
import type { Frame } from '../share/viewing.ts';
import { BEAT } from './frame.ts';
import { createThrottle } from './login.ts';
import { Reader } from './reader.ts';
import { parseQuery, type App, type Door } from './route.ts';
import { SHARE_HEADERS } from './share-headers.ts';

export interface ShareViewDeps {
  shares: Pick<Shares, 'admit' | 'hasEnded' | 'viewed' | 'refuseFull'>;
  logger: Pick<Logger, 'warn' | 'error'>;
  now?: () => number;
}

export function shareViewRoutes(app: App, { shares, logger, now = Date.now }: ShareViewDeps): void {
  const wrong = createThrottle(now, LIMITS.shareFailures);
  /** Of a share that is open, whatever is wrong with a token has the answer of an id that never was. */
  const admitted = (c: Context<Door>): Audience => {
    const header = c.req.header('Authorization');
    if (header === undefined) throw noToken();
    const token = /^bearer +([\w-]{1,200})$/i.exec(header)?.[1] ?? '';
    const id = c.req.param('id') ?? '';
    const audience = shares.admit(id, token);
    if (audience === null) {
      wrong.refuse();
      wrong.count();
      throw shares.hasEnded(id) ? endedShare() : noShare();
    }
    if (!audience.takes()) throw tooOften();
    return audience;
  };

  app.get(SHARE_PORT_API.view.path, async (c) => {
    const audience = admitted(c);
    const { after } = parseQuery(c.req.url, SHARE_PORT_API.view.query);
    const { viewing } = audience;
    await brought(audience);
    const from = placeAfter(audience, after ?? null);
    if (after === undefined && c.req.method === 'GET') shares.viewed(audience);
    const page = pageFrom(viewing.frames, from);
    const next = from + page.length < viewing.frames.length ? page.at(-1)!.id : null;
    const steps = page.map(({ id, json }) => `{"id":${JSON.stringify(id)},"step":${json}}`);
    const share = JSON.stringify(viewing.facts());
    const body = `{"share":${share},"steps":[${steps.join(',')}],"next":${JSON.stringify(next)}}`;
    return new Response(body, { headers: { 'Content-Type': 'application/json' } });
  });

  app.get(SHARE_PORT_API.stream.path, async (c) => {
    const audience = admitted(c);
    const { after } = parseQuery(c.req.url, SHARE_PORT_API.stream.query);
    if (c.req.method === 'HEAD') return new Response(null, { headers: STREAM_HEADERS });
    await brought(audience);
    const from = placeAfter(audience, c.req.header('Last-Event-ID') ?? after ?? null);
    const { outgoing } = c.env;
    if (!outgoing) throw new Error('a stream needs a socket to write to');
    shares.refuseFull(audience);
    outgoing.writeHead(SHARE_PORT_API.stream.status, STREAM_HEADERS);
    follow(outgoing, { audience, from, logger });
    return RESPONSE_ALREADY_SENT;
  });
}

const STREAM_HEADERS = {
  ...SHARE_HEADERS,
  'Content-Type': 'text/event-stream; charset=utf-8',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

/** Up to now. What ended meanwhile is told as if it had been before. */
async function brought(audience: Audience): Promise<void> {
  await audience.advance();
  if (audience.isClosed) throw endedShare();
}

/** An id that is none of this share's names nothing, whatever else it is an id of. */
function placeAfter({ viewing }: Audience, id: string | null): number {
  if (id === null) return 0;
  const place = viewing.placeAfter(id);
  if (place !== null) return place;
  throw new Fault({ status: 404, code: 'no_such_place', message: 'There is no such place in this share.' });
}

/** As many as fit one answer, and at least one. */
function pageFrom(frames: readonly Frame[], from: number): Frame[] {
  let bytes = 0;
  const page: Frame[] = [];
  for (let i = from; i < frames.length; i++) {
    bytes += frames[i]!.json.length;
    if (page.length > 0 && bytes > LIMITS.sharePageBytes.value) break;
    page.push(frames[i]!);
  }
  return page;
}

const stepFrame = ({ id, json }: Frame) => `id: ${id}\nevent: step\ndata: ${json}\n\n`;
const asBytes = (frames: readonly Frame[]) => Buffer.from(frames.map(stepFrame).join(''));
const BEAT_BYTES = Buffer.from(BEAT);
const ENDED_BYTES = Buffer.from('event: share.ended\ndata: {}\n\n');

interface Following {
  audience: Audience;
  from: number;
  logger: Pick<Logger, 'warn' | 'error'>;
}

/** Sends what there is at the reader's own pace, then what comes. */
function follow(response: ServerResponse, { audience, from, logger }: Following): void {
  if (response.destroyed) return; // who went away meanwhile is counted by nobody
  const share = audience.viewing.share.id;
  const reader = new Reader(response, share, (why) => logger.warn('share.evicted', { share, why }));
  const viewer: Viewer = {
    sent: from,
    isLevel: false,
    push: (frames) => reader.push(asBytes(frames)),
    beat: () => reader.push(BEAT_BYTES),
    close() {
      reader.push(ENDED_BYTES);
      reader.end();
    },
  };
  const leave = audience.enter(viewer);
  response.on('close', leave);
  send(reader, { audience, viewer }).catch((error: unknown) => {
    logger.error('share.stream_failed', { share, error });
    response.destroy();
  });
}

async function send(reader: Reader, { audience, viewer }: { audience: Audience; viewer: Viewer }): Promise<void> {
  const { viewing } = audience;
  for (;;) {
    const page = pageFrom(viewing.frames, viewer.sent);
    if (page.length === 0) break;
    viewer.sent += page.length;
    if (!(await reader.send(asBytes(page), LIMITS.replayStallMs.value))) return;
  }
  viewer.isLevel = true;
  if (audience.isClosed) return;
  const { masked } = viewing.facts();
  reader.push(Buffer.from(`event: share.ready\ndata: ${JSON.stringify({ steps: viewer.sent, masked })}\n\n`));
}

const noToken = () =>
  new Fault({
    status: 401,
    code: 'unauthorized',
    message: 'Expected the header Authorization: Bearer TOKEN with the token of the link.',
    hint: 'Open the whole link, with what stands after #.',
  });

/** One answer for a token that is wrong or of another share, and for a share that never was. */
const noShare = () =>
  new Fault({
    status: 404,
    code: 'no_such_share',
    message: 'This link opens nothing. It may not be whole.',
    hint: 'Copy all of it, or ask who gave it to you for another.',
  });

/** Past its time, taken back, or its session deleted: whoever asks, for an id alone opens nothing. */
export const endedShare = () =>
  new Fault({
    status: 410,
    code: 'share_ended',
    message: 'This link opens nothing any more. It has ended, or been taken back.',
    hint: 'Ask who gave it to you for another.',
  });

const tooOften = () =>
  new Fault({
    status: 429,
    code: 'too_many_requests',
    message: `Expected at most ${LIMITS.shareRequests.value} requests a minute for one share.`,
    hint: 'Try again in a minute.',
  });
