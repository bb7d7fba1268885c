/** edit_file: replaces a text that stands in a file exactly, and in one place unless all are meant. */
import * as z from 'zod';
import { BOM, lineEndingOf, toCrlf } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import { planChange } from './change.ts';
import { bytesOf, currentFile, editOf, modeAfter, noChange, refused, textOf, type Refused } from './current.ts';
import { lineAt, nearText, placesOf } from './find-text.ts';
import { inputOf, pathArgument } from './input.ts';
import { nearNames } from './near.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  path: pathArgument('The file to edit'),
  old: z
    .string()
    .describe(
      'The text to replace, exactly as it stands in the file, with its indentation, and long enough to be there only once.',
    ),
  new: z.string().describe('The text to put in its place. Empty: the old text is taken out.'),
  all: z.boolean().optional().describe('True: replace every place where the old text stands. Default: false.'),
});

export const editFile: Tool<z.infer<typeof input>> = {
  name: 'edit_file',
  description:
    'Replaces an exact text in a file. `old` must stand in the file exactly once, unless `all` is true. ' +
    'Line ends, a byte order mark and permissions are kept. To make a new file, use write_file.',
  input,
  access: 'write',
  async plan(args, context) {
    const current = await currentFile(args.path, context);
    if (current.kind === 'refused') return current;
    if (current.kind === 'absent') {
      const near = await nearNames(context.root, current.path);
      return refused('not_found', `There is no ${visible(current.path)}.${near} To make a new file, use write_file.`);
    }
    const text = textOf(current);
    if (text.kind === 'refused') return text;
    const after = replaced(text.text, args, text.path);
    if (typeof after !== 'string') return after;
    if (after === text.text) return noChange(text.path);
    const bytes = bytesOf(text.path, after);
    if (bytes.kind === 'refused') return bytes;
    const { path, side } = text;
    const shall = { bytes: bytes.bytes, mode: modeAfter(side.mode) };
    return editOf('edit_file', [
      await planChange({ path, from: path, before: side, after: shall, blobs: context.blobs }),
    ]);
  },
};

interface Replacement {
  old: string;
  new: string;
  all?: boolean | undefined;
}

function replaced(text: string, args: Replacement, path: string): string | Refused {
  if (args.old === '')
    return refused(
      'bad_arguments',
      '`old` is empty, which stands everywhere. Give the text to replace; to write a whole file, use write_file.',
    );
  const [old, put] = inTheFilesWay(text, args);
  const places = placesOf(text, old);
  const [first] = places;
  if (first === undefined) {
    return refused('not_found', `\`old\` does not stand in ${visible(path)}. ${nearText(text, args.old)}`);
  }
  if (args.all) return everyPlace(text, old, put);
  if (places.length === 1) return text.slice(0, first) + put + text.slice(first + old.length);
  const shown = places.slice(0, 10).map((at) => lineAt(text, at));
  const lines = `${shown.join(', ')}${places.length > 10 ? ' …' : ''}`;
  return refused(
    'ambiguous',
    `\`old\` stands in ${visible(path)} ${places.length} times, at lines ${lines}. Give more of the lines around the one you mean, or set \`all\`.`,
  );
}

/** Replaced from the front; places that overlap one before are passed over. */
function everyPlace(text: string, old: string, put: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const at of placesOf(text, old, Infinity)) {
    if (at < end) continue;
    parts.push(text.slice(end, at));
    end = at + old.length;
  }
  return [...parts, text.slice(end)].join(put);
}

/** In a file whose lines all end with CRLF, what a model writes with LF means CRLF. A byte order mark is not the model's to write. */
function inTheFilesWay(text: string, args: Replacement): [string, string] {
  const put =
    text.startsWith(BOM) && args.new.startsWith(BOM) && !args.old.startsWith(BOM) ? args.new.slice(1) : args.new;
  return lineEndingOf(text) === 'crlf' ? [toCrlf(args.old), toCrlf(put)] : [args.old, put];
}
