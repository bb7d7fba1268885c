/** The file that an edit is about, as it stands now: its text exactly, or why it cannot be edited. */
import type { EditAction, FileChange } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { locate } from '../base/contained.ts';
import { parsePath } from '../base/contained-path.ts';
import { readWhole } from '../base/contained-read.ts';
import { decodeText } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import type { Side } from './change.ts';
import { lookalike } from './near.ts';
import type { Planned, ToolContext } from './tool.ts';

export type Refused = Extract<Planned, { kind: 'refused' }>;

export const refused = (code: string, message: string): Refused => ({ kind: 'refused', code, message });

/** `side.mode`: the permission bits, all of them. */
export type Current = { kind: 'absent'; path: string } | { kind: 'file'; path: string; side: Side } | Refused;

/** Reads what stands under a path that is to be written. Links are refused: nothing is written through one. */
export async function currentFile(raw: string, { root }: ToolContext): Promise<Current> {
  const parsed = parsePath(raw, root);
  if (!parsed.ok) return refused(parsed.code, parsed.message);
  if (parsed.path === '.') return refused('not_a_file', 'The path names the workspace itself; name a file in it.');
  const whole = await readWhole(root, parsed.path, { follow: 'none', max: LIMITS.editBytes.value });
  if (!whole.ok)
    return refused(whole.code, `${whole.message}${whole.code === 'link' ? leadsTo(root, parsed.path) : ''}`);
  const { path } = parsed;
  if (whole.state === 'file') return { kind: 'file', path, side: { bytes: whole.bytes, mode: whole.facts.mode } };
  const twin = await lookalike(root, path);
  if (twin === null) return { kind: 'absent', path };
  const codes = [...twin].map((char) => (char > '~' ? `\\u{${char.codePointAt(0)!.toString(16)}}` : char)).join('');
  return refused(
    'lookalike',
    `A file whose name looks like ${visible(path)} is there, in another Unicode form: ${codes}. Use that name.`,
  );
}

/** Where a link leads, as long as that is in the workspace: the model may name that file instead. */
function leadsTo(root: string, path: string): string {
  const found = locate(root, path, 'inside');
  if (!found.ok) return '';
  found.close();
  return found.node?.facts.kind === 'file' ? ` It leads to ${visible(found.real)}.` : '';
}

export type Text = { kind: 'text'; path: string; text: string; side: Side } | Refused;

/** The text of a file that stands. Bytes that are no UTF-8 text are refused: an edit would spoil them. */
export function textOf(current: Extract<Current, { kind: 'file' }>): Text {
  const { path, side } = current;
  const decoded = decodeText(side.bytes);
  if (decoded.ok) return { kind: 'text', path, text: decoded.text, side };
  const what = decoded.why === 'binary' ? 'binary (it has NUL bytes)' : 'not valid UTF-8 text';
  return refused(decoded.why, `${visible(path)} is ${what}. It cannot be edited as text, and was left as it is.`);
}

/** The bytes of a text that is to be written, or why it cannot be. */
export function bytesOf(path: string, text: string): { kind: 'bytes'; bytes: Buffer } | Refused {
  if (text.includes('\0'))
    return refused('binary', `The new content of ${visible(path)} has a NUL, which no text file holds. Leave it out.`);
  if (/\p{Cs}/u.test(text))
    return refused(
      'not_utf8',
      `The new content of ${visible(path)} has half a surrogate pair, which UTF-8 cannot hold.`,
    );
  const bytes = Buffer.from(text);
  const max = LIMITS.editBytes.value;
  if (bytes.length <= max) return { kind: 'bytes', bytes };
  return refused(
    'too_large',
    `${visible(path)} would have ${bytes.length} bytes; an edit makes at most ${max}. Write less, or in several files.`,
  );
}

/** The mode that a file has after new bytes were written to it: set-id bits do not outlive that. */
export const modeAfter = (mode: number): number => mode & 0o1777;

export const noChange = (path: string): Refused =>
  refused('no_change', `${visible(path)} would be the same as before: no change. Nothing is to be done.`);

export const editOf = (tool: string, changes: FileChange[]): Planned => {
  const action: EditAction = { kind: 'edit', tool, changes };
  return { kind: 'action', action };
};
