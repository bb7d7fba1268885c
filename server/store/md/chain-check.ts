/** Whether the events of a file are one whole chain, as it was recorded; else the first place where they are not, and how. */
import type { SessionEvent } from '../../../shared/event.ts';
import { genesis, hashOf, hashWith } from '../chain.ts';
import type { FileProblem } from './problem.ts';

export interface PlacedEvent {
  event: SessionEvent;
  /** Where it stands in its file, from 1. */
  line: number;
  /** What stands for the data of an event that was masked, or deleted (its data is then null); null of one that is whole. */
  commitment: string | null;
}

const RESTORE =
  'Put back an unchanged copy of the file; or let `vtcode serve` write it anew from the database, where that is whole; or move the file away to go on without it. Nothing was changed.';

/** The first problem, or null. The events are expected from the first of the chain on, rising by one. */
export function checkChain(chain: string, placed: readonly PlacedEvent[], file: string): FileProblem | null {
  let prev = genesis(chain);
  for (const [i, { event, line, commitment }] of placed.entries()) {
    const message = wrongAt({ event, commitment, place: i + 1, prev, chain }, placed);
    if (message !== null) return { file, line, message, hint: RESTORE };
    prev = event.hash;
  }
  return null;
}

interface Looked {
  event: SessionEvent;
  commitment: string | null;
  place: number;
  prev: string;
  chain: string;
}

function wrongAt({ event, commitment, place, prev, chain }: Looked, placed: readonly PlacedEvent[]): string | null {
  if (event.chain !== chain)
    return `this event belongs to ${event.chain}, and the file to ${chain}: two files were merged`;
  if (event.chainSeq !== place) return misplaced(event, placed.slice(0, place - 1));
  if (event.prev !== prev) return `event ${place} does not follow from the one before it: one of the two was replaced`;
  if ((commitment === null ? hashOf(event) : hashWith(event, commitment)) !== event.hash)
    return `event ${place} is not what was recorded: its hash does not fit, so it was changed after it was written`;
  return null;
}

function misplaced({ chainSeq, id }: SessionEvent, before: readonly PlacedEvent[]): string {
  const place = before.length + 1;
  const twin = before.find(({ event }) => event.chainSeq === chainSeq);
  if (twin?.event.id === id) return `event ${chainSeq} stands twice, first in line ${twin.line}`;
  if (twin) return `there are two events ${chainSeq}, the other in line ${twin.line}: two versions were merged`;
  if (chainSeq < place) return `event ${chainSeq} stands after event ${place - 1}: the order was changed`;
  const missing = chainSeq - place === 1 ? `event ${place} is` : `events ${place} to ${chainSeq - 1} are`;
  return `expected event ${place}, came event ${chainSeq}: ${missing} missing or further down`;
}
