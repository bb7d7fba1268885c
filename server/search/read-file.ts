/** Carries out `read_file`: numbered lines for the model, and a note on what is not there. */
import type { ReadAction } from '../../shared/action.ts';
import { openFile } from '../base/contained-read.ts';
import { BOM } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import type { Performed } from '../run/perform.ts';
import { done, failed } from './answer.ts';
import { readLines, type Line, type Lines } from './lines.ts';

type ReadFile = Extract<ReadAction, { tool: 'read_file' }>;

/** The path is without links, as it was judged: one that has become a link since is refused. */
export async function readFile(root: string, action: ReadFile, signal: AbortSignal): Promise<Performed> {
  const { path, startLine, endLine } = action;
  const file = openFile(root, path, 'none');
  if (!file.ok) return failed(file.code, file.message);
  try {
    const read = await readLines(file.fd, { first: startLine, last: endLine ?? Number.MAX_SAFE_INTEGER, signal });
    const name = visible(path);
    const size = file.facts.size.toLocaleString('en');
    if (read.binary) return failed('binary', `${name} is no text: it holds NUL bytes (${size} bytes in all).`);
    if (read.stopped === 'end' && read.passed === 0) return done(`${name} is empty.`, { bytes: 0 });
    if (read.lines.length === 0) return failed('no_such_line', noLine(name, startLine, read));
    const { lines, isCrlf } = plain(read.lines);
    const notes = notesOf(read, { size, isCrlf });
    const content = [...lines.map(numbered), ...notes].join('\n');
    return done(content, {
      bytes: Buffer.byteLength(content),
      truncated: read.stopped === 'full' || read.stopped === 'scanned',
    });
  } finally {
    file.close();
  }
}

/** Without the byte order mark, and without carriage returns where all lines have one: the tools that edit put them back. */
function plain(lines: readonly Line[]): { lines: Line[]; isCrlf: boolean } {
  const ended = lines.filter((line) => line.cut === 0);
  const hasCr = ({ text }: Line) => text.endsWith('\r');
  // The last line may have no end at all.
  const isCrlf = ended.some(hasCr) && ended.slice(0, -1).every(hasCr);
  const textOf = ({ number, text }: Line) => {
    const shown = number === 1 && text.startsWith(BOM) ? text.slice(1) : text;
    return isCrlf && shown.endsWith('\r') ? shown.slice(0, -1) : shown;
  };
  return { lines: lines.map((line) => ({ ...line, text: textOf(line) })), isCrlf };
}

const numbered = ({ number, text, cut }: Line) =>
  `${String(number).padStart(4)}\t${text}${cut > 0 ? ` [line cut: ${cut.toLocaleString('en')} more bytes]` : ''}`;

function notesOf(
  { lines, stopped, passed, damaged }: Lines,
  { size, isCrlf }: { size: string; isCrlf: boolean },
): string[] {
  const [first, last] = [lines[0]!.number, lines[lines.length - 1]!.number];
  const next = `read on with startLine ${last + 1}`;
  const notes: Record<Lines['stopped'], string> = {
    end: `[lines ${first} to ${last} of ${passed}]`,
    asked: `[lines ${first} to ${last}; the file has ${size} bytes: ${next} if there is more]`,
    full: `[lines ${first} to ${last}, cut here for the length; the file has ${size} bytes: ${next}]`,
    scanned: `[lines ${first} to ${last}; the file has ${size} bytes, and this is as far as one is read: use search_text to look behind it]`,
  };
  return [
    notes[stopped],
    ...(isCrlf ? ['[lines end with CRLF, which edits keep: write LF]'] : []),
    ...(damaged ? ['[not all of it is UTF-8: what is not stands as U+FFFD, and such a file cannot be edited]'] : []),
  ];
}

function noLine(name: string, startLine: number, { stopped, passed }: Lines): string {
  if (stopped === 'scanned') return `Line ${startLine} of ${name} lies behind what is read of a file. Use search_text.`;
  return `${name} has ${passed} lines; line ${startLine} is not among them.`;
}
