/** The front matter of a file of records: the small part of YAML that is data and nothing else. */
import * as z from 'zod';
import { SessionId } from '../../../shared/ids.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { visible } from '../../base/visible.ts';
import type { FileProblem } from './problem.ts';

export const Front = z.strictObject({
  /** The form of the file. */
  vtcode: z.literal(1),
  /** `record`: kept beside the database. `export`: made for somebody, with a receipt at its end. */
  kind: z.enum(['record', 'export']),
  chain: z.union([SessionId, z.literal('workspace')]),
  title: z.string(),
  created: z.string(),
  /** Whether something was masked; then some events do not hold what was recorded. */
  redacted: z.boolean(),
});
export type Front = z.infer<typeof Front>;

/**
 * Each value as JSON writes it, which YAML 1.2 reads alike. Escaped are what YAML calls not printable, and what would be markup
 * in a viewer that knows no front matter.
 */
export function writeFront(front: Front): string {
  const lines = Object.entries(front).map(([key, value]) => `${key}: ${escaped(JSON.stringify(value))}`);
  return `---\n${lines.join('\n')}\n---\n`;
}

const escaped = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff[\]<>!`&*{}|$~#^=]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export type ReadFront = { ok: true; front: Front; end: number } | { ok: false; problem: FileProblem };

/**
 * Reads it from the lines of a file; `end` is the number of lines it takes. One `key: value` a line, a value being JSON text, a
 * whole number, true or false: no tag, anchor, alias, nesting or second document can be said in it.
 */
export function readFront(lines: readonly string[], file: string): ReadFront {
  const wrong = (line: number, message: string): ReadFront => ({
    ok: false,
    problem: { file, line, message, hint: PUT_BACK },
  });
  if (plain(lines[0]) !== '---') return wrong(1, `expected a line of three dashes and no more; came ${told(lines[0])}`);
  const fields = new Map<string, unknown>();
  let bytes = 0;
  for (let i = 1; i < lines.length; i++) {
    const line = plain(lines[i]);
    bytes += line.length;
    if (i > LIMITS.frontLines.value || bytes > LIMITS.frontBytes.value)
      return wrong(i + 1, `the front matter is longer than ${LIMITS.frontLines.value} lines or has no end`);
    if (line === '---') return whole(fields, { end: i + 1, file });
    const field = FIELD.exec(line)?.groups;
    if (!field) return wrong(i + 1, `expected \`key: value\` on one line; came ${told(line)}`);
    const [key, text] = [field['key']!, field['value']!];
    if (fields.has(key)) return wrong(i + 1, `the key ${key} stands twice`);
    const value = scalar(text);
    if (value === undefined)
      return wrong(i + 1, `expected a text in double quotes, a whole number, true or false; came ${told(text)}`);
    fields.set(key, value);
  }
  return wrong(1, 'the front matter has no end: a second line of three dashes is missing');
}

export const PUT_BACK =
  'Put back the file as it was written, or move it out of its folder to go on without it. Nothing was changed.';

const FIELD = /^(?<key>[a-z]{1,30}): (?<value>.{1,4000})$/;
const plain = (line: string | undefined) => (line ?? '').replace(/\r$/, '');
const told = (text: string | undefined) => (text === undefined ? 'nothing' : JSON.stringify(visible(text, 60)));

function scalar(text: string): string | number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string; // what begins with a quote and parses is a text
  } catch {
    return undefined; // the caller says where
  }
}

function whole(fields: ReadonlyMap<string, unknown>, { end, file }: { end: number; file: string }): ReadFront {
  const parsed = Front.safeParse(Object.fromEntries(fields));
  if (parsed.success) return { ok: true, front: parsed.data, end };
  const [issue] = parsed.error.issues;
  const what = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`.replace(/^: /, '');
  return { ok: false, problem: { file, line: 1, message: `the front matter does not fit: ${what}`, hint: PUT_BACK } };
}
