/** Where each chain ends, of those whose content is there. */
import type { SessionId } from '../../shared/ids.ts';
import { tombstoneLine } from './md/file.ts';
import type { Db } from './open.ts';

export interface ChainEnd {
  chain: SessionId | 'workspace';
  chainSeq: number;
  hash: string;
}

/** Of each deleted session, its tombstones as lines for a file, rising. */
export function readTombstones({ raw }: Pick<Db, 'raw'>): Map<SessionId, string[]> {
  const rows = raw
    .prepare(
      `SELECT seq, id, at, chain, chain_seq AS chainSeq, turn, actor, type, commitment, prev, hash FROM events
       WHERE data = '' ORDER BY chain, chain_seq`,
    )
    .all() as Parameters<typeof tombstoneLine>[0][];
  const found = new Map<SessionId, string[]>();
  for (const row of rows) {
    const chain = row.chain as SessionId; // the workspace's own chain is never deleted
    found.set(chain, [...(found.get(chain) ?? []), tombstoneLine(row)]);
  }
  return found;
}

export function readEnds({ raw }: Pick<Db, 'raw'>): ChainEnd[] {
  // Beside one max() SQLite takes the other columns from the row that has it.
  const rows = raw.prepare(
    "SELECT chain, max(chain_seq) AS chainSeq, hash FROM events WHERE data <> '' GROUP BY chain ORDER BY chain",
  );
  return rows.all() as ChainEnd[];
}
