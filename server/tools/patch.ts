/** A patch as it is understood, whatever form it came in: for each file what is done with it, and its hunks. */

export interface PatchHunk {
  /** What is said of its place: the line (from 1) that it claims to begin at, or null. */
  line: number | null;
  /** Lines that stand somewhere above it, the outermost first; each is looked for below the one before. */
  anchors: string[];
  /** It must end at the end of the file. */
  atEnd: boolean;
  /** The lines before and after, without their line feeds. */
  from: string[];
  to: string[];
  /** Whether the file's last line is without a line feed before and after; null where the patch does not say. */
  noNewline: { from: boolean; to: boolean } | null;
}

export interface PatchFile {
  op: 'create' | 'modify' | 'delete' | 'move';
  /** As written; the name before a move. */
  from: string;
  /** As written; the name after it. */
  path: string;
  hunks: PatchHunk[];
  /** The permission bits that it asks for; null where it does not say. */
  mode: number | null;
}

export type ParsedPatch = { ok: true; files: PatchFile[] } | { ok: false; message: string };

export const unreadable = (message: string): { ok: false; message: string } => ({ ok: false, message });
