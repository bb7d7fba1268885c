/** write_file: makes a file, or replaces all of its text. */
import * as z from 'zod';
import { BOM, lineEndingOf, toCrlf } from '../base/text.ts';
import { NEW_MODE, planChange } from './change.ts';
import { bytesOf, currentFile, editOf, modeAfter, noChange, textOf } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  path: pathArgument('The file to write'),
  content: z.string().describe('The whole content of the file.'),
});

export const writeFile: Tool<z.infer<typeof input>> = {
  name: 'write_file',
  description:
    'Makes a new file, with its folders, or replaces the whole content of one. To change a part of a file, use edit_file. ' +
    'A file whose lines end with CRLF keeps that, and a byte order mark and permissions are kept.',
  input,
  access: 'write',
  async plan(args, context) {
    const current = await currentFile(args.path, context);
    if (current.kind === 'refused') return current;
    const { path } = current;
    if (current.kind === 'absent') {
      const made = bytesOf(path, args.content);
      if (made.kind === 'refused') return made;
      const after = { bytes: made.bytes, mode: NEW_MODE };
      return editOf('write_file', [await planChange({ path, from: path, before: null, after, blobs: context.blobs })]);
    }
    const text = textOf(current);
    if (text.kind === 'refused') return text;
    const bytes = bytesOf(path, inTheFilesWay(text.text, args.content));
    if (bytes.kind === 'refused') return bytes;
    const { side } = text;
    if (Buffer.compare(bytes.bytes, side.bytes) === 0) return noChange(path);
    const after = { bytes: bytes.bytes, mode: modeAfter(side.mode) };
    return editOf('write_file', [await planChange({ path, from: path, before: side, after, blobs: context.blobs })]);
  },
};

/** The byte order mark and the line ends of the file that stands; content that has its own CRLF is taken as it is. */
function inTheFilesWay(before: string, content: string): string {
  const marked = before.startsWith(BOM) && !content.startsWith(BOM) ? BOM + content : content;
  return lineEndingOf(before) === 'crlf' && !marked.includes('\r\n') ? toCrlf(marked) : marked;
}
