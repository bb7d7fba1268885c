/** Carries out `read_file`: numbered lines for the model, and a note on what is not there. */
import { openFile } from '../base/contained-read.ts';
import { visible } from '../base/visible.ts';
import type { Performed } from '../run/perform.ts';
import type { ReadAction } from '../../shared/action.ts';
import { done, failed } from './answer.ts';
import { readLines, type Line, type Lines } from './lines.ts';

type ReadFile = Extract<ReadAction, { tool: 'read_file' }>;

export async function readFile(root: string, action: ReadFile, signal: AbortSignal): Promise<Performed> {
  const { path, startLine, endLine } = action;
  const file = openFile(root, path, 'inside');
  if (!file.ok) return failed(file.code, file.message);
  try {
    const read = await readLines(file.fd, { first: startLine, last: endLine ?? Number.MAX_SAFE_INTEGER, signal });
    const name = visible(path);
    if (read.binary)
      return failed('binary', `${name} is no text: it holds NUL bytes (${file.facts.size} bytes in all).`);
    if (file.facts.size === 0) return done(`${name} is empty.`, { bytes: 0 });
    if (read.lines.length === 0) return failed('no_such_line', noLine(name, startLine, read));
    const notes = notesOf(read);
    const content = [...read.lines.map(numbered), ...notes].join('\n');
    return done(content, { bytes: Buffer.byteLength(content), truncated: read.stopped === 'full' });
  } finally {
    file.close();
  }
}

const numbered = ({ number, text, cut }: Line) =>
  `${String(number).padStart(6)}\t${text}${cut > 0 ? ` [line cut: ${cut} more bytes]` : ''}`;

function notesOf({ lines, stopped, passed, damaged }: Lines): string[] {
  const next = lines.at(-1)!.number + 1;
  const notes: Record<Lines['stopped'], string> = {
    end: `[end of file: ${passed} lines]`,
    asked: `[there is more: read on with startLine ${next}, if there are further lines]`,
    full: `[cut here for its length: read on with startLine ${next}]`,
    scanned: `[this is as far as a file is read; use search_text to look behind it]`,
  };
  return [
    notes[stopped],
    ...(damaged ? ['[not all of it is UTF-8: what is not stands as U+FFFD; edit_file refuses such a file]'] : []),
  ];
}

function noLine(name: string, startLine: number, { stopped, passed }: Lines): string {
  if (stopped === 'scanned') return `Line ${startLine} of ${name} lies behind what is read of a file. Use search_text.`;
  return `${name} has ${passed} lines; line ${startLine} is not among them.`;
}
