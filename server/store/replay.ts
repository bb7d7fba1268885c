/** Pages of the log as the stream sends them, made by SQLite: no event becomes an object on its way from the disk to the wire. */
import type { SessionId } from '../../shared/ids.ts';
import type { Db } from './open.ts';

export interface ReplayPage {
  /** Server-sent events, one after the other, in UTF-8. */
  frames: Buffer;
  count: number;
  /** The seq of the last one; of an empty page, what it was asked for. */
  last: number;
  /** Whether there may be further ones. */
  more: boolean;
}

export interface ReplayOptions {
  /** null: all of them. What belongs to no session is always there. */
  sessions: readonly SessionId[] | null;
  /** At most so many events, and no more than one where they would have more bytes of data than that. */
  limit: number;
  bytes: number;
}

/** Events with a seq above `after`, rising, without those that were deleted. Throws where one is not on one line: what is recorded always is. */
export type Replay = (after: number, options: ReplayOptions) => ReplayPage;

export function createReplay(raw: Db['raw']): Replay {
  const all = statements(raw, '');
  const some = statements(raw, `AND chain IN (SELECT 'workspace' UNION SELECT value FROM json_each($sessions))`);
  return (after, { sessions, limit, bytes }) => {
    const [{ weigh, read }, chosen] = sessions === null ? [all, {}] : [some, { sessions: JSON.stringify(sessions) }];
    // The columns of `weigh` and `read`, in their order; of no rows, the aggregates are null.
    const weight = (size: number) => (weigh.get({ after, limit: size, ...chosen }) as [number | null])[0] ?? 0;
    let size = limit;
    while (size > 1 && weight(size) > bytes) size = Math.ceil(size / 4);
    const [count, last, frames] = read.get({ after, limit: size, ...chosen }) as [number, number | null, Buffer | null];
    if (last === null || frames === null) return { frames: Buffer.alloc(0), count, last: after, more: false };
    verify(frames, { after, count });
    return { frames, count, last, more: count === size };
  };
}

/**
 * The same frame as `eventFrame` of routes/frame.ts makes of an event that happens. `data` is JSON already; what may hold any
 * character is quoted; the rest is of letters and digits that need none.
 */
const FRAME = `concat('id: ', seq, char(10), 'event: ', type, char(10), 'data: {"v":1,"seq":', seq, ',"id":"', id,
  '","at":"', at, '","chain":"', chain, '","chainSeq":', chain_seq, ',"turn":', json_quote(turn),
  ',"actor":', json_quote(actor), ',"type":"', type, '","salt":"', salt, '","prev":"', prev, '","hash":"', hash,
  '","data":', data, '}', char(10, 10))`;

function statements(raw: Db['raw'], chosen: string) {
  const rows = (column: string) =>
    `SELECT seq, ${column} FROM events WHERE seq > $after AND data <> '' ${chosen} ORDER BY seq LIMIT $limit`;
  return {
    weigh: raw.prepare(`SELECT sum(weight) FROM (${rows('octet_length(data) AS weight')})`).raw(),
    read: raw
      .prepare(`SELECT count(*), max(seq), CAST(group_concat(frame, '') AS BLOB) FROM (${rows(`${FRAME} AS frame`)})`)
      .raw(),
  };
}

const [LF, CR, ZERO] = [0x0a, 0x0d, 0x30];
const ID = 'id: '.length;
const LINES = 4;

/**
 * Reads the frames as their reader will: each has its lines and no more, and their ids rise. SQLite joins rows in the order it
 * is given them but does not promise to; and a line end in a field, put there by another program, could begin a false frame.
 */
function verify(frames: Buffer, { after, count }: { after: number; count: number }): void {
  let [at, seq, found] = [0, after, 0];
  while (at < frames.length) {
    let id = 0;
    for (let i = at + ID; frames[i] !== LF && i < frames.length; i++) id = id * 10 + frames[i]! - ZERO;
    if (!(id > seq)) break;
    for (let line = 0; line < LINES; line++) at = frames.indexOf(LF, at) + 1;
    if (at === 0) break;
    seq = id;
    found++;
  }
  if (found !== count || at !== frames.length || frames.includes(CR))
    throw new Error(`the events after ${seq} are not one to a line: the records were changed by another program`);
}
