/** The facts of a file in words: size, encoding, line endings, and what is unusual about them. */
import type { FileView } from '../../shared/api.ts';
import { bytes, counted } from '../ui/size.ts';

const ENDINGS: Record<FileView['lineEnding'], string> = {
  lf: 'LF',
  crlf: 'CRLF',
  mixed: 'mixed line endings',
  none: 'one line',
};
const EXECUTABLE = 0o111;

export function factsOf(view: FileView, lines: number): string[] {
  const facts = [bytes(view.size)];
  if (view.content.kind === 'text') {
    facts.push(view.content.truncated ? `${counted(lines, 'line')} shown` : counted(lines, 'line'));
    facts.push(view.bom ? 'UTF-8 with byte order mark' : 'UTF-8', ENDINGS[view.lineEnding]);
    if (!view.finalNewline && view.size > 0 && !view.content.truncated) facts.push('no final line break');
  }
  if ((view.mode & EXECUTABLE) !== 0) facts.push('executable');
  return facts;
}
