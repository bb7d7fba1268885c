/** Where each chain ends, of those whose content is there. */
import type { SessionId } from '../../shared/ids.ts';
import type { Db } from './open.ts';

export interface ChainEnd {
  chain: SessionId | 'workspace';
  chainSeq: number;
  hash: string;
}

export function readEnds({ raw }: Pick<Db, 'raw'>): ChainEnd[] {
  // Beside one max() SQLite takes the other columns from the row that has it.
  const rows = raw.prepare(
    "SELECT chain, max(chain_seq) AS chainSeq, hash FROM events WHERE data <> '' GROUP BY chain ORDER BY chain",
  );
  return rows.all() as ChainEnd[];
}
