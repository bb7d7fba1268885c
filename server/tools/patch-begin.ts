/** Reads the `*** Begin Patch` form: files by name, hunks by what stands around them, no line numbers. */
import { visible } from '../base/visible.ts';
import { unreadable, type ParsedPatch, type PatchFile, type PatchHunk } from './patch.ts';

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const END_OF_FILE = '*** End of File';
const HEADER = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const MOVE = /^\*\*\* Move to: (.+)$/;

export const isBeginPatch = (patch: string): boolean => patch.trimStart().startsWith(BEGIN);

export function parseBegin(patch: string): ParsedPatch {
  const lines = patch.trim().split('\n');
  const bare = (line: string | undefined) => line?.replace(/\r$/, '').trimEnd();
  if (bare(lines[0]) !== BEGIN) return unreadable(`The first line must be ${BEGIN} and nothing else.`);
  if (bare(lines[lines.length - 1]) !== END)
    return unreadable(`It does not end with ${END}: it may have been cut off, and is not applied in part.`);
  const files: PatchFile[] = [];
  let at = 1;
  while (at < lines.length - 1) {
    if (bare(lines[at]) === '') {
      at++;
      continue;
    }
    const header = HEADER.exec(bare(lines[at]) ?? '');
    if (!header)
      return unreadable(
        `Line ${at + 1}, ${visible(lines[at]!)}, is no header: expected *** Add File:, *** Update File: or *** Delete File:.`,
      );
    let end = at + 1;
    while (end < lines.length - 1 && !HEADER.test(bare(lines[end]) ?? '')) end++;
    const file = fileOf(header[1]!, header[2]!.trim(), { body: lines.slice(at + 1, end), firstLine: at + 2 });
    if (typeof file === 'string') return unreadable(file);
    files.push(file);
    at = end;
  }
  return files.length > 0 ? { ok: true, files } : unreadable('There is no file in it.');
}

interface Section {
  body: readonly string[];
  /** Where it begins in the patch, from 1. */
  firstLine: number;
}

function fileOf(verb: string, name: string, { body, firstLine }: Section): PatchFile | string {
  const plain = { from: name, path: name, mode: null };
  if (verb === 'Delete') {
    const extra = body.find((line) => line.trim() !== '');
    return extra === undefined
      ? { op: 'delete', ...plain, hunks: [] }
      : `*** Delete File: ${visible(name)} takes no lines, but has ${visible(extra)}.`;
  }
  if (verb === 'Add') return added(plain, withoutTrailingBlank(body), firstLine);
  const move = MOVE.exec(body[0]?.replace(/\r$/, '').trimEnd() ?? '');
  const hunks = hunksOf(withoutTrailingBlank(move ? body.slice(1) : body), firstLine + (move ? 1 : 0));
  if (typeof hunks === 'string') return hunks;
  if (!move)
    return hunks.length > 0 ? { op: 'modify', ...plain, hunks } : `*** Update File: ${visible(name)} has no hunk.`;
  return { op: 'move', ...plain, path: move[1]!.trim(), hunks };
}

function added(
  plain: Pick<PatchFile, 'from' | 'path' | 'mode'>,
  body: readonly string[],
  firstLine: number,
): PatchFile | string {
  const wrong = body.findIndex((line) => !line.startsWith('+'));
  if (wrong >= 0)
    return `Line ${firstLine + wrong}: every line of a new file begins with +, but this is ${visible(body[wrong]!)}.`;
  const hunk = { ...emptyHunk(), to: body.map((line) => line.slice(1)) };
  return { op: 'create', ...plain, hunks: body.length > 0 ? [hunk] : [] };
}

const emptyHunk = (): PatchHunk => ({ line: null, anchors: [], atEnd: false, from: [], to: [], noNewline: null });

function hunksOf(body: readonly string[], firstLine: number): PatchHunk[] | string {
  const hunks: PatchHunk[] = [];
  let hunk: PatchHunk | null = null;
  let begun = false;
  for (const [i, line] of body.entries()) {
    const bare = line.replace(/\r$/, '').trimEnd();
    if (bare.startsWith('@@')) {
      // Several @@ lines in a row name the places from the outside in.
      if (hunk === null || begun) hunks.push((hunk = emptyHunk()));
      begun = false;
      const anchor = bare
        .slice(2)
        .replace(/\s*@@$/, '')
        .trim();
      if (anchor !== '' && !/^-\d+(,\d+)? \+\d+(,\d+)?$/.test(anchor)) hunk.anchors.push(anchor);
      continue;
    }
    if (hunk === null) hunks.push((hunk = emptyHunk()));
    if (bare === END_OF_FILE) {
      hunk.atEnd = true;
      hunk = null;
      begun = false;
      continue;
    }
    begun = true;
    const sign = line === '' || line === '\r' ? ' ' : line[0];
    const text = line === '' ? '' : line === '\r' ? '\r' : line.slice(1);
    if (sign !== ' ' && sign !== '+' && sign !== '-') {
      return `Line ${firstLine + i}: a line of a hunk begins with a space, + or -, but this is ${visible(line)}.`;
    }
    if (sign !== '+') hunk.from.push(text);
    if (sign !== '-') hunk.to.push(text);
  }
  const empty = hunks.findIndex((one) => one.from.length === 0 && one.to.length === 0);
  return empty < 0 ? hunks : `Hunk ${empty + 1} has no lines.`;
}

/** Blank lines before the next header part the files; they are no context. */
function withoutTrailingBlank(body: readonly string[]): readonly string[] {
  let end = body.length;
  while (end > 0 && body[end - 1]!.trim() === '' && !body[end - 1]!.startsWith('+')) end--;
  return body.slice(0, end);
}
