/** Checks a receipt, and the export that it stands in: is it signed, by whom, and is the file what was signed. */
import { EXPORT_MARKS, Receipt, receiptStatement } from '../../../shared/receipt.ts';
import { sha256 } from '../../base/hash.ts';
import { verifierOf, type Verifier } from '../../base/signer.ts';
import { exportEnd } from './end.ts';
import { readRecordFile, type ReadFile } from '../md/file.ts';
import { readJsonFile } from '../md/json-file.ts';
import { refusal, type FileProblem } from '../md/problem.ts';

export interface ReceiptCheck {
  receipt: Receipt;
  /** SHA-256 of the key in the receipt. */
  key: string;
  signature: 'good' | 'bad';
  /** Whether the key is one that was given. */
  signer: 'known' | 'unknown';
  /** What stands before the receipt; `absent`: the file is the receipt alone. */
  text: 'whole' | 'changed' | 'absent';
  /** The events in the file, against the head that was signed; `none`: the format holds none. */
  events: { state: 'whole' | 'broken' | 'none'; why: string };
}

/** Throws a Fault 422 where the file holds no receipt that can be read. */
export function checkReceipt(
  text: string,
  { file, verifiers }: { file: string; verifiers: readonly Verifier[] },
): ReceiptCheck {
  const found = findReceipt(text, file);
  const { receipt } = found;
  const own = verifierOf(receipt.key);
  const signature = own?.verifies(receiptStatement(receipt), receipt.signature) ? 'good' : 'bad';
  const key = own?.fingerprint ?? '';
  return {
    receipt,
    key,
    signature,
    signer: verifiers.some(({ fingerprint }) => fingerprint === key) ? 'known' : 'unknown',
    text: textOf(found),
    events: found.signed === null ? { state: 'none', why: '' } : eventsIn(text, file, receipt),
  };
}

/** Whether all of it holds, and the key is one that was given. */
export const holds = ({ signature, signer, text, events }: ReceiptCheck): boolean =>
  signature === 'good' && signer === 'known' && text !== 'changed' && events.state !== 'broken';

/** The format that a text is in, by how it begins. */
export function formatOf(text: string): 'md' | 'json' | 'html' | 'unknown' {
  const start = text.slice(0, 200).trimStart();
  if (start.startsWith('---')) return 'md';
  if (start.startsWith('{')) return 'json';
  return /^<!doctype html>/i.test(start) ? 'html' : 'unknown';
}

/** An export or a file of records, as data; HTML is for reading alone. */
export function readExport(text: string, file: string): ReadFile {
  const format = formatOf(text);
  if (format === 'md') return readRecordFile(text, file);
  if (format === 'json') return readJsonFile(text, file);
  const message =
    format === 'html'
      ? 'an export in HTML is to be read, and holds no events'
      : 'expected an export: markdown that begins with three dashes, or JSON';
  const hint = 'Take the export as md or json: vtcode sessions export ID --format json';
  return { ok: false, problems: [{ file, line: 1, message, hint }] };
}

function eventsIn(text: string, file: string, { head }: Receipt): ReceiptCheck['events'] {
  if (formatOf(text) === 'html') return { state: 'none', why: '' };
  const read = readExport(text, file);
  if (!read.ok) return { state: 'broken', why: `${file}:${read.problems[0]!.line}: ${read.problems[0]!.message}` };
  const last = read.file.events.at(-1)?.event;
  const fits = last?.hash === head.hash && read.file.events.length === head.events;
  if (fits) return { state: 'whole', why: '' };
  return { state: 'broken', why: `it ends with event ${last?.chainSeq ?? 0}, and event ${head.chainSeq} was signed` };
}

/** What stands before the receipt is in its hash; what stands after follows from it. */
function textOf({ receipt, signed, end }: Found): ReceiptCheck['text'] {
  if (signed === null) return 'absent';
  return sha256(signed) === receipt.text && end === exportEnd(receipt.format, receipt) ? 'whole' : 'changed';
}

interface Found {
  receipt: Receipt;
  /** The text that it was made over; null where the file is the receipt alone. */
  signed: string | null;
  /** From its mark on. */
  end: string;
}

function findReceipt(text: string, file: string): Found {
  const format = formatOf(text);
  if (format === 'unknown') throw noReceipt({ file, line: 1, message: 'this is no export and no receipt' });
  const place = placeOf(text, format);
  if (place === null && format === 'json') return { receipt: parse(text, { file, line: 1 }), signed: null, end: '' };
  if (place === null) throw noReceipt({ file, line: 1, message: 'no receipt stands in it' });
  const line = text.slice(0, place.at).split('\n').length;
  return { receipt: parse(place.json, { file, line }), signed: text.slice(0, place.at), end: text.slice(place.at) };
}

/** The last place where the mark stands: foreign text comes before ours. */
function placeOf(text: string, format: 'md' | 'json' | 'html'): { at: number; json: string } | null {
  const mark = EXPORT_MARKS[format];
  const at = format === 'md' ? text.lastIndexOf(`\n${mark}\n`) + 1 : text.lastIndexOf(mark);
  if (at <= 0) return reformatted(text, format);
  const rest = text.slice(at + mark.length);
  switch (format) {
    case 'md':
      return { at, json: /^(`{3,})[^\n]*\n([^]*?)\n\1\s*$/m.exec(rest)?.[2] ?? '' };
    case 'json':
      return { at, json: rest.trimEnd().slice(0, -1) };
    case 'html':
      return { at, json: unescaped(/id="receipt-data">([^<]*)</.exec(rest)?.[1] ?? '') };
  }
}

/** JSON that a program has set anew: the receipt is there, the bytes that were signed are not. */
function reformatted(text: string, format: 'md' | 'json' | 'html'): { at: number; json: string } | null {
  if (format !== 'json') return null;
  const whole = asJson(text);
  const receipt = typeof whole === 'object' && whole !== null && 'receipt' in whole ? whole.receipt : undefined;
  return receipt === undefined ? null : { at: text.length, json: JSON.stringify(receipt) };
}

const unescaped = (html: string): string =>
  html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

function parse(json: string, { file, line }: { file: string; line: number }): Receipt {
  const raw = asJson(json);
  const receipt = Receipt.safeParse(raw);
  // As it came, its keys in their order: what follows from it is made again.
  if (receipt.success) return raw as Receipt;
  const [issue] = receipt.error.issues;
  const message = `the receipt cannot be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
  throw noReceipt({ file, line, message });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says what was expected
  }
}

const noReceipt = (problem: Omit<FileProblem, 'hint'>) =>
  refusal(
    [{ ...problem, hint: 'A receipt stands at the end of every export: vtcode sessions export ID' }],
    'no_receipt',
  );
