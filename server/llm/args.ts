/** Reads the arguments of a tool call: a plain JSON object within bounds, or the reason why it is none. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import type { ToolArgs } from '../../shared/message.ts';

/** What came of a call's arguments: their head, as far as it was kept, and how many bytes there were in all. */
export interface RawArgs {
  text: string;
  bytes: number;
  /** Why the rest was not kept; '' where all of it was. */
  dropped: string;
  /** The answer met its bound of tokens and this call was its last: what looks whole may not be. */
  cutOff: boolean;
}

/** Never throws. The problem of a malformed call is written for the model: what came, and what to send instead. */
export function readArgs(raw: RawArgs): ToolArgs {
  const bad = (problem: string): ToolArgs => ({
    kind: 'malformed',
    raw: raw.text.slice(0, LIMITS.malformedChars.value),
    problem,
  });
  if (raw.dropped !== '') return bad(`${raw.dropped} (${raw.bytes} bytes came). Do it in several smaller calls`);
  if (raw.text.trim() === '') return raw.cutOff ? bad(CUT_OFF) : { kind: 'json', value: {} };
  let value: unknown;
  try {
    value = JSON.parse(raw.text);
  } catch (error) {
    if (raw.cutOff) return bad(CUT_OFF);
    return bad(`they are not JSON (${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'})`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return bad(
      `an object was expected, ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`} came`,
    );
  }
  const problem = problemIn(value);
  if (problem !== '') return bad(problem);
  const json = JsonObject.safeParse(value);
  return json.success ? { kind: 'json', value: json.data } : bad('they hold a value that JSON cannot say');
}

const CUT_OFF = 'the answer met its longest length in the middle of them. Do it in several smaller calls';
const JsonObject = z.record(z.string(), z.json());

/** Keys that JavaScript gives a meaning of its own: no tool takes them, and code downstream could trip over them. */
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);

/** Walks without recursion, for the depth is not yet known to be bounded. */
function problemIn(root: object): string {
  const most = LIMITS.jsonDepth.value;
  const waiting: { value: object; depth: number }[] = [{ value: root, depth: 1 }];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    if (at.depth > most) return `they are nested more than ${most} deep`;
    for (const [key, held] of Object.entries(at.value)) {
      if (!Array.isArray(at.value) && REFUSED.has(key))
        return `the key ${JSON.stringify(key)} is not taken, at any depth`;
      if (typeof held === 'number' && !Number.isFinite(held))
        return `the number at ${JSON.stringify(key.slice(0, 100))} is too large`;
      if (typeof held === 'object' && held !== null) waiting.push({ value: held, depth: at.depth + 1 });
    }
  }
  return '';
}
