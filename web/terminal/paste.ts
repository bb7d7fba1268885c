/** What is pasted into a terminal: cleaned of what no person means to type, and asked about where it could run by itself. */
import { hiddenCount } from '../ui/visible.ts';

export interface Paste {
  text: string;
  lines: number;
  /** Control characters that were taken out: an escape could end what marks a paste as one. */
  removed: number;
  /** Characters that cannot be seen and stay in. */
  hidden: number;
}

/** Every control character but tab and the two line ends, and those of the second set. */
const CONTROLS = new RegExp('[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]', 'g');

export function cleanPaste(raw: string): Paste {
  const text = raw.replace(CONTROLS, '');
  const body = text.replace(/(\r\n|\r|\n)$/, '');
  return {
    text,
    lines: body.split(/\r\n|\r|\n/).length,
    removed: raw.length - text.length,
    hidden: hiddenCount(text.replaceAll(/[\r\n\t]/g, '')),
  };
}

/** A single line without anything odd, and without the key that would start it, is what a person sees it to be. */
export const needsAsking = ({ text, lines, removed, hidden }: Paste): boolean =>
  lines > 1 || removed > 0 || hidden > 0 || /[\r\n]$/.test(text);

export const asOneLine = (text: string): string => text.trim().replaceAll(/\s*(\r\n|\r|\n)\s*/g, ' ');
