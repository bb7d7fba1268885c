/** Scripts of sed, as far as they only choose and change lines of their output. */
import { SET_SOURCE, setEnd } from './sets.ts';

/** Why it must be asked for; empty where it only edits what it prints. What is not read to its end is asked for. */
export function sedProblem(script: string): string {
  let rest = script;
  for (let steps = 0; steps < 1_000; steps++) {
    rest = rest.replace(/^[\s;{}]+/, '');
    if (rest === '') return '';
    const address = ADDRESS.exec(rest)![0];
    const after = command(rest.slice(address.length));
    if (after === null) return UNSURE;
    rest = after;
  }
  return UNSURE;
}

const UNSURE = 'The sed script writes a file, runs a program, or is not read to its end here.';

/** `5`, `$`, `/x/I`, `\,x,`, `1~2`, two of them, a `!`. */
const ONE = String.raw`(?:\d+(?:~\d+)?|\$|\/(?:[^\/\\\n\[]|\\[^\nc]|${SET_SOURCE})*\/[IM]*)`;
const ADDRESS = new RegExp(`^(?:${ONE}(?:\\s*,\\s*(?:${ONE}|[+~]\\d+))?)?\\s*!*\\s*`);

/** What follows one command, or null where it is none of those that only edit. */
function command(text: string): string | null {
  const name = text[0] ?? '';
  if (/[pdqQ=nNDPhHgGxzlF]/.test(name)) return ended(text.slice(1).replace(/^\s*\d*/, ''));
  if (name === 's') return substitution(text);
  if (name === 'y') return transliteration(text);
  if (name === '{' || name === '}') return text.slice(1);
  if (/[btT:]/.test(name))
    return /^[btT:]\s*[\w.-]*\s*(?:[;}\n]|$)/.test(text) ? text.replace(/^[btT:]\s*[\w.-]*/, '') : null;
  if (/[aic]/.test(name)) return /^[aic]\\?\s*[^\n\\]*(?:\n|$)/.test(text) ? text.replace(/^[^\n]*/, '') : null;
  return name === '#' ? text.replace(/^[^\n]*/, '') : null;
}

const ended = (rest: string): string | null => (/^\s*(?:[;}\n]|$)/.test(rest) ? rest : null);

/** `w` writes and `e` runs: neither is among the flags that pass. */
function substitution(text: string): string | null {
  const middle = delimited(text, 2, true);
  const end = middle < 0 ? -1 : delimited(text, middle, false);
  if (end < 0) return null;
  const flags = /^[gpiIM0-9]*/.exec(text.slice(end))![0];
  return ended(text.slice(end + flags.length));
}

function transliteration(text: string): string | null {
  const middle = delimited(text, 2, false);
  const end = middle < 0 ? -1 : delimited(text, middle, false);
  return end < 0 ? null : ended(text.slice(end));
}

/** Where the part that begins at `start` ends, by the sign after the first letter; -1 where it does not. In a set of an expression that sign ends nothing. */
function delimited(text: string, start: number, isExpression: boolean): number {
  const sign = text[1];
  if (sign === undefined || /[\\\n\sA-Za-z0-9[\]]/.test(sign)) return -1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === sign) return i + 1;
    if (text[i] === '\n') return -1;
    if (text[i] === '\\' && (text[++i] === 'c' || text[i] === undefined)) return -1;
    else if (isExpression && text[i] === '[' && text[i - 1] !== '\\') {
      const end = setEnd(text, i);
      if (end < 0) return -1;
      i = end - 1;
    }
  }
  return -1;
}
