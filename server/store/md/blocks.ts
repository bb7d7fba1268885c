/** Finds our own fenced blocks in markdown: a fence at the left edge whose first line names them. All else is prose. */

/** What a block of ours holds, as its first line says it after the language. */
export const INFO = {
  events: 'json vtcode-events',
  receipt: 'json vtcode-receipt',
  blob: 'text vtcode-blob',
} as const;

export interface Block {
  /** The whole first line after the fence, trimmed. */
  info: string;
  /** Of its first line of content, from 1. */
  line: number;
  lines: string[];
  /** False where the file ends within it. */
  closed: boolean;
}

export interface Scanned {
  blocks: Block[];
  /** Lines, from 1, that a merge of two versions left outside any foreign text. */
  conflicts: number[];
}

const OPENING = /^(?<fence>`{3,})(?<info>[^`]*)$/;
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/;

/** `from`: the index of the first line to look at. Lines may end with a carriage return, which is no part of them. */
export function scanBlocks(lines: readonly string[], from: number): Scanned {
  const blocks: Block[] = [];
  const conflicts: number[] = [];
  for (let i = from; i < lines.length; i++) {
    const line = bare(lines[i]!);
    if (CONFLICT.test(line)) conflicts.push(i + 1);
    const opening = line.startsWith('```') ? OPENING.exec(line)?.groups : undefined;
    if (!opening) continue;
    const end = closingOf(lines, i + 1, opening['fence']!.length);
    const info = opening['info']!.trim();
    if (info.includes(' vtcode-')) {
      const content = lines.slice(i + 1, end).map(bare);
      blocks.push({ info, line: i + 2, lines: content, closed: end < lines.length });
      for (const [at, text] of content.entries()) if (CONFLICT.test(text)) conflicts.push(i + 2 + at);
    }
    i = end;
  }
  return { blocks, conflicts };
}

/** The index of the line that closes a fence of `length`; that after the last line where none does. */
function closingOf(lines: readonly string[], from: number, length: number): number {
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    if (!line.startsWith('```')) continue;
    const run = /^(`+)[ \t]*\r?$/.exec(line)?.[1];
    if (run !== undefined && run.length >= length) return i;
  }
  return lines.length;
}

const bare = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);
