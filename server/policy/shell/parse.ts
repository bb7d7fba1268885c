/** From the text of a script to its tree, or the reason why nobody can say what it would do. */
import { parse, type ParsedScript } from 'unbash';
import { LIMITS } from '../../../shared/limits.ts';

export type Parsed = { ok: true; script: ParsedScript } | { ok: false; why: string };

/** Never throws. What is too large, hides characters or is not bash is refused before anything else looks at it. */
export function parseScript(text: string): Parsed {
  const why = unfit(text);
  if (why !== '') return { ok: false, why };
  try {
    const script = parse(text);
    const [error] = script.errors ?? [];
    return error === undefined ? { ok: true, script } : { ok: false, why: notBash(error.message) };
  } catch {
    return { ok: false, why: notBash('the parser gave up') };
  }
}

export const notBash = (said: string): string => `This is not a script that can be read to its end: ${said}.`;

/** Bytes are counted only where the count of characters does not settle it. */
function unfit(text: string): string {
  const max = LIMITS.judgedScriptBytes.value;
  if (text.length > max || (text.length * 3 > max && Buffer.byteLength(text) > max))
    return `The script is longer than the ${max} bytes that are judged.`;
  if (HIDDEN.test(text)) return 'It holds characters that cannot be seen: what is shown is not what would run.';
  const opened = depthOf(text);
  return opened > LIMITS.judgedDepth.value ? `It nests deeper than ${LIMITS.judgedDepth.value} levels.` : '';
}

/** Controls but for the tab and the line feed, half surrogates, and marks that hide or reorder what follows. */
const HIDDEN = /[^\P{Cc}\t\n]|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\uFFFD/u;

/** Parentheses and braces that are open at once, quotes left out of account: never less than what is really nested. */
function depthOf(text: string): number {
  let [depth, deepest, ticks] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 40 || code === 123) deepest = Math.max(deepest, ++depth);
    else if ((code === 41 || code === 125) && depth > 0) depth--;
    else if (code === 96 && text.charCodeAt(i - 1) === 92) ticks++;
  }
  return deepest + (ticks > 64 ? ticks : 0);
}
