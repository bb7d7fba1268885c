/** What a timeline holds of a command: what confines it, what it prints while it runs, and how it ended. */
import type { EventData } from './event.ts';
import { LIMITS } from './limits.ts';

export type CommandFacts = Omit<EventData<'command.started'>, 'actionId'>;
export type CommandEnd = Omit<EventData<'command.finished'>, 'actionId'>;

export interface CommandView {
  facts: CommandFacts;
  startedAt: string;
  /** Null while it runs: one in the background runs on after its call is answered. */
  end: CommandEnd | null;
  output: LiveOutput;
}

/** The newest of what was printed, as a terminal gets it: with colours and carriage returns. Empty for who came later. */
export interface LiveOutput {
  text: string;
  /** Something before or in the text is left out. */
  cut: boolean;
  /** Where the last piece began; -1 before the first. */
  last: number;
  /** Bytes up to its end. */
  end: number;
}

export const NO_OUTPUT: LiveOutput = { text: '', cut: false, last: -1, end: 0 };

const GAP = '[…]\n';

/** Takes in a piece. One that was taken in before is passed over; a gap shows as one. */
export function takeOutput(held: LiveOutput, { offset, text }: { offset: number; text: string }): LiveOutput {
  if (offset <= held.last) return held;
  // A byte that is no UTF-8 came as U+FFFD, which is longer: `end` may be too high, so that no gap is seen where none is.
  const gap = offset > held.end;
  const whole = gap ? `${held.text === '' ? '' : `${held.text}\n`}${GAP}${text}` : held.text + text;
  const kept = newest(whole);
  const end = offset + new TextEncoder().encode(text).length;
  return { text: kept, cut: held.cut || gap || kept.length < whole.length, last: offset, end };
}

/** From the beginning of a line on, where there is one. */
function newest(text: string): string {
  const over = text.length - LIMITS.liveOutputChars.value;
  if (over <= 0) return text;
  const line = text.indexOf('\n', over);
  if (line >= 0 && line < text.length - 1) return text.slice(line + 1);
  const half = (text.charCodeAt(over) & 0xfc00) === 0xdc00;
  return text.slice(half ? over + 1 : over);
}
