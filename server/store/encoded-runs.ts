/** Finds secrets that are written in base64, hex, URL, JSON or HTML escapes: decodes what looks like one, and looks again. */
import type { MaskKind } from './secret-shapes.ts';

interface Named {
  kind: MaskKind;
  name: string;
}

export interface EncodedSpan extends Named {
  from: number;
  to: number;
}

/** What the decoded text holds, or null. */
type Look = (decoded: string) => Named | null;

interface Encoding {
  name: string;
  /** Without it there is none of it. */
  sign: string;
  /** Nor in a text that is shorter. */
  least: number;
  /** Global and linear. */
  run: RegExp;
  /** Null where it is not this encoding after all. */
  decode(run: string): string | null;
}

const ENCODINGS: readonly Encoding[] = [
  { name: 'base64', sign: '', least: 12, run: /[A-Za-z0-9+/_-]{12,}={0,2}/g, decode: fromBase64 },
  {
    name: 'base64',
    sign: '',
    least: 41,
    run: /(?:[A-Za-z0-9+/]{40,100}(?:\r?\n|\\r?\\n|\\n)){1,400}[A-Za-z0-9+/]{0,100}={0,2}/g,
    decode: fromWrapped,
  },
  { name: 'hex', sign: '', least: 20, run: /(?:[0-9a-fA-F]{2}[ :]?){10,}/g, decode: fromHex },
  {
    name: 'hex',
    sign: '0x',
    least: 40,
    run: /(?:0x[0-9a-fA-F]{2},?\s{0,2}){10,}/g,
    decode: (run) => fromHex(run.replace(/0x|[,\s]/g, '')),
  },
  { name: 'a URL', sign: '%', least: 8, run: /[A-Za-z0-9._~+!*:=@/&?;,%-]{8,}/g, decode: fromPercent },
  { name: 'escapes', sign: '\\', least: 8, run: /[^\s"'`<>()[\]{}]{8,}/g, decode: fromEscapes },
  { name: 'HTML', sign: '&#', least: 8, run: /[^\s"'`<>()[\]{}]{8,}/g, decode: fromEntities },
];

/** One inside another: what is encoded twice. */
const DEEPEST = 2;

export function encodedRuns(text: string, look: Look, depth = 1): EncodedSpan[] {
  return ENCODINGS.filter(({ sign, least }) => text.length >= least && text.includes(sign)).flatMap(
    ({ name, run, decode }) =>
      [...text.matchAll(run)].flatMap((match) => {
        const decoded = decode(match[0]);
        if (decoded === null || decoded === match[0] || !isText(decoded)) return [];
        const found = look(decoded) ?? (depth < DEEPEST ? (encodedRuns(decoded, look, depth + 1)[0] ?? null) : null);
        if (!found) return [];
        const said = found.name.includes(', in ') ? found.name : `${found.name}, in ${name}`;
        return [{ from: match.index, to: match.index + match[0].length, kind: found.kind, name: said }];
      }),
  );
}

/** Most of it can be read: what was no text before it was decoded holds no secret that could be told. */
function isText(decoded: string): boolean {
  if (decoded.length < 6) return false;
  const most = decoded.length / 10;
  let odd = 0;
  for (let i = 0; i < decoded.length; i++) {
    const unit = decoded.charCodeAt(i);
    const isPlain = (unit >= 0x20 && unit <= 0x7e) || unit === 0x09 || unit === 0x0a || unit === 0x0d;
    if (!isPlain && ++odd > most) return false;
  }
  return true;
}

/** Of UTF-16, in which each second byte of plain words is nothing, the words. */
function narrowed(decoded: string): string {
  const bare = decoded.includes('\0') ? decoded.replaceAll('\0', '') : decoded;
  return Math.abs(decoded.length - 2 * bare.length) <= 2 ? bare : decoded;
}

/** Where it begins is not known: it may hang on to what stands before it, so each of the four ways to cut it is tried. */
function fromBase64(run: string): string | null {
  const plain = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  for (const skip of [0, 1, 2, 3]) {
    const decoded = narrowed(Buffer.from(plain.slice(skip), 'base64').toString('latin1'));
    if (isText(decoded)) return decoded;
  }
  return null;
}

function fromWrapped(run: string): string | null {
  return fromBase64(run.replace(/\r?\n|\\r|\\n/g, ''));
}

function fromHex(run: string): string | null {
  const plain = run.replace(/[ :]/g, '');
  return plain.length % 2 === 0 ? narrowed(Buffer.from(plain, 'hex').toString('latin1')) : null;
}

function fromPercent(run: string): string | null {
  if (!run.includes('%')) return null;
  return run.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fromEscapes(run: string): string | null {
  if (!run.includes('\\')) return null;
  return run
    .replace(/(?<!\\)\\+u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/(?<!\\)\\+x([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fromEntities(run: string): string | null {
  if (!run.includes('&#')) return null;
  return run.replace(/&#([xX]?)([0-9a-fA-F]{2,6});/g, (whole, x: string, digits: string) => {
    const point = Number.parseInt(digits, x === '' ? 10 : 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
