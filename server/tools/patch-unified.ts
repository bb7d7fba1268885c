/** Reads a unified diff, as `diff -u` and git write it. */
import { parsePatch, type StructuredPatch } from 'diff';
import { visible } from '../base/visible.ts';
import { unreadable, type ParsedPatch, type PatchFile, type PatchHunk } from './patch.ts';

/** All that has hunks or a git header. Counts in a hunk's header must be right: a patch that was cut off is refused whole. */
export function parseUnified(patch: string): ParsedPatch {
  let sections: StructuredPatch[];
  try {
    sections = parsePatch(patch);
  } catch (error) {
    const said = error instanceof Error ? visible(error.message) : 'it has no hunk header';
    return unreadable(
      `The diff cannot be read: ${said}. Check the counts in each @@ header, or use the *** Begin Patch form, which has none.`,
    );
  }
  const files: PatchFile[] = [];
  for (const section of sections) {
    if (section.hunks.length === 0 && !('isGit' in section && section.isGit)) continue;
    const file = fileOf(section);
    if (typeof file === 'string') return unreadable(file);
    files.push(file);
  }
  return files.length > 0
    ? { ok: true, files }
    : unreadable('There is no change in it: expected a unified diff with ---, +++ and @@ lines, or *** Begin Patch.');
}

const NULL = '/dev/null';

function fileOf(section: StructuredPatch): PatchFile | string {
  const [was, shall] = namesOf(section);
  if (was === '' || shall === '') return 'A hunk has no --- and +++ lines before it that name its file.';
  if (section.isBinary) return `${visible(shall)} is a binary patch, which is not taken. Text only.`;
  if (section.isCopy) return `${visible(shall)} is a copy, which a patch cannot ask for here. Write the file whole.`;
  const hunks = section.hunks.map(hunkOf);
  const mode = section.newMode === undefined ? null : parseInt(section.newMode, 8) & 0o777;
  if (section.newMode !== undefined && !/^100[0-7]{3}$/.test(section.newMode)) {
    return `${visible(shall)} would be no regular file (mode ${visible(section.newMode)}): links and submodules are not made.`;
  }
  if (section.isCreate || was === NULL) return { op: 'create', from: shall, path: shall, hunks, mode };
  if (section.isDelete || shall === NULL) return { op: 'delete', from: was, path: was, hunks, mode: null };
  return { op: was === shall ? 'modify' : 'move', from: was, path: shall, hunks, mode };
}

/** git puts `a/` and `b/` before the names; they are taken off when both sides have theirs. */
function namesOf({ oldFileName = '', newFileName = '' }: StructuredPatch): [string, string] {
  const [was, shall] = [oldFileName.replace(/\r$/, ''), newFileName.replace(/\r$/, '')];
  const prefixed = (was === NULL || was.startsWith('a/')) && (shall === NULL || shall.startsWith('b/'));
  if (!prefixed) return [was, shall];
  return [was === NULL ? NULL : was.slice(2), shall === NULL ? NULL : shall.slice(2)];
}

function hunkOf({ oldStart, lines }: StructuredPatch['hunks'][number]): PatchHunk {
  const hunk: PatchHunk = { line: oldStart, anchors: [], atEnd: false, from: [], to: [], noNewline: null };
  const ends = { from: false, to: false };
  let marked = false;
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('\\')) continue;
    const last = lines[i + 1]?.startsWith('\\') ?? false;
    marked ||= last;
    const text = line === '\r' ? line : line.slice(1);
    if (!line.startsWith('+')) {
      hunk.from.push(text);
      ends.from = last;
    }
    if (!line.startsWith('-')) {
      hunk.to.push(text);
      ends.to = last;
    }
  }
  return { ...hunk, noNewline: marked ? ends : null };
}
