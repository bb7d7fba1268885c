/** Puts the hunks of a patch into a text: every line of context must fit, and the place must be beyond doubt. */
import { LIMITS } from '../../shared/limits.ts';
import { BOM, lineEndingOf, type LineEnding } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import { occurrences } from '../base/occurrences.ts';
import { nearText } from './find-text.ts';
import type { PatchHunk } from './patch.ts';

export type Applied = { ok: true; text: string } | { ok: false; message: string };

/** The file as it is before the patch; hunks come in order, so that what is above the last one needs no second look. */
interface Lines {
  lines: readonly string[];
  /** The last line has a line feed. */
  ended: boolean;
  ending: LineEnding;
  /** The first line below the last hunk. */
  low: number;
  /** How far from where it said the last hunk was found. */
  drift: number;
  /** Lines that may still be looked at in searching for places. */
  budget: number;
}

/**
 * The text with all hunks in it, or which one does not fit and what is near it. A hunk stands where it says; if its lines do
 * not stand there, in the one other place below the hunk before it where they do. Line ends are the file's own.
 */
export function applyPatchHunks(text: string, hunks: readonly PatchHunk[]): Applied {
  const bom = text.startsWith(BOM) ? BOM : '';
  const body = text.slice(bom.length);
  const state = linesState(body);
  const parts: (readonly string[])[] = [];
  let { ended } = state;
  for (const [i, raw] of hunks.entries()) {
    const hunk = inTheFilesWay(raw, state.ending);
    const place = placeOf(state, hunk);
    if (typeof place === 'string') {
      const near = hunk.from.length > 0 ? ` ${nearText(body, hunk.from.join('\n'))}` : '';
      return { ok: false, message: `Hunk ${i + 1} ${place}${near}` };
    }
    parts.push(state.lines.slice(state.low, place), hunk.to);
    state.low = place + hunk.from.length;
    if (state.low === state.lines.length && hunk.noNewline) ended = !hunk.noNewline.to;
    if (hunk.line !== null) state.drift = place - (hunk.line - 1);
  }
  const lines = [...parts, state.lines.slice(state.low)].flat();
  return { ok: true, text: lines.length === 0 ? '' : `${bom}${lines.join('\n')}${ended ? '\n' : ''}` };
}

function linesState(body: string): Lines {
  const ended = body === '' || body.endsWith('\n');
  const lines = body === '' ? [] : (ended ? body.slice(0, -1) : body).split('\n');
  return { lines, ended, ending: lineEndingOf(body), low: 0, drift: 0, budget: LIMITS.patchScanLines.value };
}

/** In a file of CRLF lines the patch's lines are meant with CRLF; in one of LF lines, a patch in CRLF is meant with LF. */
function inTheFilesWay(hunk: PatchHunk, ending: LineEnding): PatchHunk {
  const all = [...hunk.from, ...hunk.to];
  const inCrlf = all.length > 0 && all.every((line) => line.endsWith('\r'));
  const map = (change: (line: string) => string) => ({ ...hunk, from: hunk.from.map(change), to: hunk.to.map(change) });
  if (ending === 'crlf') return map((line) => (line.endsWith('\r') ? line : `${line}\r`));
  return ending === 'lf' && inCrlf ? map((line) => line.slice(0, -1)) : hunk;
}

/** The index of its first line; or why there is none. */
function placeOf(state: Lines, hunk: PatchHunk): number | string {
  const { lines, low, drift } = state;
  const from = anchored(state, hunk.anchors);
  if (typeof from === 'string') return from;
  const fits = (at: number) => at >= from && hunk.from.every((line, i) => lines[at + i] === line);
  const claimed = hunk.line === null ? [] : [hunk.line - 1 + drift, hunk.line - 1];
  if (hunk.from.length === 0) return insertionPlace(state, hunk, { claimed: claimed[0] ?? null, from });
  if (hunk.atEnd || hunk.noNewline !== null) {
    const last = lines.length - hunk.from.length;
    const endFits = hunk.noNewline === null || hunk.noNewline.from === !state.ended;
    return endFits && fits(last) ? last : 'does not fit at the end of the file.';
  }
  const said = claimed.find(fits);
  if (said !== undefined) return said;
  state.budget -= lines.length - low;
  if (state.budget < 0) return 'is one of too many to be searched for in so long a file: send the patch in parts.';
  const places = occurrences(lines, hunk.from, { from, most: 4 });
  // Below a named place the first is meant; without one, only a single place is beyond doubt.
  if (places.length === 1 || (places.length > 1 && hunk.anchors.length > 0)) return places[0]!;
  if (places.length === 0) return 'does not fit: its lines do not stand together in the file.';
  const where = places.slice(0, 3).map((at) => at + 1);
  return `fits in several places (lines ${where.join(', ')}${places.length > 3 ? ' …' : ''}): give more lines of context.`;
}

interface Insertion {
  claimed: number | null;
  from: number;
}

function insertionPlace({ lines }: Lines, hunk: PatchHunk, { claimed, from }: Insertion): number | string {
  if (hunk.atEnd || lines.length === 0) return lines.length;
  if (hunk.anchors.length > 0) return from;
  if (claimed !== null && claimed >= from && claimed <= lines.length) return claimed;
  return 'only adds lines and does not say where: give the lines around them.';
}

/** The line after the last anchor, each looked for below the one before. */
function anchored(state: Lines, anchors: readonly string[]): number | string {
  const { lines } = state;
  let at = state.low;
  for (const anchor of anchors) {
    state.budget -= lines.length - at;
    if (state.budget < 0) return 'names too many places to be searched for in so long a file: send the patch in parts.';
    const exact = lines.findIndex((line, i) => i >= at && line.trim() === anchor);
    const found = exact >= 0 ? exact : lines.findIndex((line, i) => i >= at && line.includes(anchor));
    if (found < 0) return `names a place that is not there: @@ ${visible(anchor)}.`;
    at = found + 1;
  }
  return at;
}
