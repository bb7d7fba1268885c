/** Walks every chain of a database and says whether the record is whole. Reads only, page by page, also while a server writes. */
import { setImmediate as others } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import type { Verified } from '../../shared/records-api.ts';
import type { Verifier } from '../base/signer.ts';
import { type Anchor, readAnchor } from './heads.ts';
import { asFault, openDb, type Db } from './open.ts';
import { createChainCheck, headSignature, type Break, type Elsewhere, type HeadEvent, type Kept } from './verify.ts';

export interface VerifyOptions {
  stateDir: string;
  /** Where the last signed head is kept beside the records. */
  anchor: string;
  /** Of the keys that heads may be signed with. */
  verifiers: readonly Verifier[];
  signal: AbortSignal;
}

/** What is looked at is the state of one moment. Throws a Fault where there is no database, or none that can be read. */
export async function verifyStore({ stateDir, anchor, verifiers, signal }: VerifyOptions): Promise<Verified> {
  // Read first: what is signed after this moment may be in the database and not in it, never the other way round.
  const anchored = anchorAt(anchor);
  const db = openDb(stateDir, 'read');
  try {
    db.raw.exec('BEGIN');
    return await new Walk(db, { anchored, verifiers, signal }).run();
  } catch (error) {
    throw asFault(error, db.raw.name);
  } finally {
    db.close();
  }
}

interface Given {
  anchored: Anchor | 'unreadable' | null;
  verifiers: readonly Verifier[];
  signal: AbortSignal;
}

class Walk {
  readonly #db: Db;
  readonly #given: Given;
  readonly #elsewhere: Elsewhere;
  #broken: Break | null = null;
  #events = 0;
  #chains = 0;
  #tombstones = 0;
  readonly #heads = { count: 0, foreign: 0, last: null as Verified['heads']['last'], lastIsForeign: false };
  #lastHeadSeq = 0;

  constructor(db: Db, given: Given) {
    this.#db = db;
    this.#given = given;
    this.#elsewhere = elsewhereIn(db);
  }

  async run(): Promise<Verified> {
    await this.#chain('workspace');
    for (let chain = this.#chainAfter(''); chain !== null; chain = this.#chainAfter(chain))
      if (chain !== 'workspace') await this.#chain(chain);
    this.#ends();
    return {
      whole: this.#broken === null,
      broken: this.#broken,
      events: this.#events,
      chains: this.#chains,
      tombstones: this.#tombstones,
      heads: { count: this.#heads.count, foreign: this.#heads.foreign, last: this.#heads.last },
      unsealed: this.#count('SELECT count(*) AS n FROM events WHERE seq > ?', this.#lastHeadSeq),
    };
  }

  async #chain(chain: string): Promise<void> {
    this.#chains++;
    const check = createChainCheck(chain, this.#elsewhere);
    const page = this.#db.raw.prepare<[string, number, number], Kept>(
      `SELECT ${COLUMNS} FROM events WHERE chain = ? AND chain_seq > ? ORDER BY chain_seq LIMIT ?`,
    );
    for (;;) {
      this.#given.signal.throwIfAborted();
      const rows = page.all(chain, check.chainSeq(), LIMITS.verifyPage.value);
      for (const row of rows) {
        const found = check.take(row) ?? this.#look(row);
        if (found !== null) return this.#note(found);
        this.#events++;
        if (row.data === '') this.#tombstones++;
      }
      if (rows.length === 0) return;
      await others();
    }
  }

  /** What an event says of other chains must be so. */
  #look(row: Kept): Break | null {
    if (row.type === 'head.missing') return cutOff(row);
    if (row.type !== 'head.signed') return null;
    // The chain's own check has passed it: it is as it was recorded.
    const data = JSON.parse(row.data) as HeadEvent['data'];
    const signature = headSignature({ data, prev: row.prev }, this.#given.verifiers);
    const at = { chain: row.chain, seq: row.seq, chainSeq: row.chainSeq };
    if (signature === 'bad') return { ...at, how: 'edited', why: 'the signature of this head is not that of its key' };
    this.#heads.count++;
    this.#heads.lastIsForeign = signature === 'foreign';
    this.#lastHeadSeq = row.seq;
    if (signature === 'foreign') this.#heads.foreign++;
    else this.#heads.last = { seq: row.seq, at: row.at, key: data.key };
    return this.#headStands(data);
  }

  #headStands({ chain, chainSeq, hash }: HeadEvent['data']): Break | null {
    const row = this.#db.raw
      .prepare<[string, number], { seq: number; hash: string }>(
        'SELECT seq, hash FROM events WHERE chain = ? AND chain_seq = ?',
      )
      .get(chain, chainSeq);
    if (row?.hash === hash) return null;
    if (row) return { chain, seq: row.seq, chainSeq, how: 'edited', why: 'a signed head says another hash of it' };
    const last = this.#db.raw
      .prepare<[string], { seq: number | null; n: number }>(
        'SELECT max(seq) AS seq, max(chain_seq) AS n FROM events WHERE chain = ?',
      )
      .get(chain);
    const [seq, n] = [last?.seq ?? 0, last?.n ?? 0];
    const why = `the chain was signed up to its event ${chainSeq}, and ends with ${n}`;
    return { chain, seq: this.#elsewhere.firstGap(seq), chainSeq: n + 1, how: 'truncated', why };
  }

  /** What no chain can tell by itself: that its end is missing. */
  #ends(): void {
    const { anchored } = this.#given;
    const max = this.#count('SELECT coalesce(max(seq), 0) AS n FROM events');
    const end = { chain: 'workspace', seq: max + 1, how: 'truncated' as const };
    const own = this.#count("SELECT coalesce(max(chain_seq), 0) AS n FROM events WHERE chain = 'workspace'");
    if (anchored === 'unreadable')
      this.#note({ ...end, chainSeq: own + 1, why: 'the last signed head, kept beside the records, cannot be read' });
    else if (anchored !== null && !this.#has(anchored)) {
      const why = `the head that was signed last (event ${anchored.chainSeq} of the workspace's chain, ${anchored.at}) is not in the record`;
      this.#note({ ...end, chainSeq: Math.min(own + 1, anchored.chainSeq), why });
    }
    if (this.#heads.lastIsForeign) {
      const why = 'the last signed head was signed with a key that is not here';
      this.#note({ ...end, seq: this.#lastHeadSeq, chainSeq: own, how: 'edited', why });
    }
    const gap = this.#elsewhere.firstGap(0);
    if (gap <= max) this.#note({ chain: '', seq: gap, chainSeq: 0, how: 'removed', why: 'no event has this number' });
    const given = this.#count("SELECT coalesce(max(seq), 0) AS n FROM sqlite_sequence WHERE name = 'events'");
    if (given > max)
      this.#note({
        ...end,
        chain: '',
        chainSeq: 0,
        why: `numbers up to ${given} were given out, and the record ends with ${max}`,
      });
  }

  /** The first one counts: what comes after it may only follow from it. */
  #note(found: Break): void {
    if (this.#broken === null || found.seq < this.#broken.seq) this.#broken = found;
  }

  #has({ chainSeq, hash }: Anchor): boolean {
    const sql = "SELECT count(*) AS n FROM events WHERE chain = 'workspace' AND chain_seq = ? AND hash = ?";
    return this.#count(sql, chainSeq, hash) === 1;
  }

  #chainAfter(chain: string): string | null {
    const sql = 'SELECT min(chain) AS chain FROM events WHERE chain > ?';
    return this.#db.raw.prepare<[string], { chain: string | null }>(sql).get(chain)?.chain ?? null;
  }

  #count(sql: string, ...values: (number | string)[]): number {
    return this.#db.raw.prepare<(number | string)[], { n: number }>(sql).get(...values)!.n;
  }
}

const COLUMNS = 'seq, id, at, chain, chain_seq AS chainSeq, turn, actor, type, data, salt, prev, hash, commitment';

const cutOff = ({ chain, seq, chainSeq, data }: Kept): Break => {
  const said = JSON.parse(data) as { chainSeq: number; at: string };
  const why = `a server found that the record had been cut off: what was signed up to event ${said.chainSeq} (${said.at}) was not there`;
  return { chain, seq, chainSeq, how: 'truncated', why };
};

function anchorAt(path: string): Anchor | 'unreadable' | null {
  try {
    return readAnchor(path);
  } catch {
    return 'unreadable';
  }
}

function elsewhereIn({ raw }: Db): Elsewhere {
  const byHash = raw.prepare('SELECT 1 FROM events WHERE chain = ? AND hash = ? LIMIT 1');
  const gap = raw.prepare<[number], { seq: number }>(
    'SELECT e.seq + 1 AS seq FROM events AS e WHERE e.seq >= ? AND NOT EXISTS (SELECT 1 FROM events WHERE seq = e.seq + 1) ORDER BY e.seq LIMIT 1',
  );
  const deleted = raw.prepare<[string, number], { n: number }>(
    `SELECT 1 AS n FROM events WHERE chain = 'workspace' AND type = 'session.deleted'
     AND json_extract(data, '$.session') = ? AND json_extract(data, '$.chainSeq') >= ? LIMIT 1`,
  );
  let known = '';
  return {
    hasHash: (chain, hash) => byHash.get(chain, hash) !== undefined,
    firstGap: (seq) =>
      raw.prepare('SELECT 1 FROM events WHERE seq = 1').get() || seq > 0 ? (gap.get(seq)?.seq ?? seq + 1) : 1,
    isDeleted(chain, chainSeq) {
      if (known !== chain && deleted.get(chain, chainSeq)) known = chain;
      return known === chain;
    },
  };
}
