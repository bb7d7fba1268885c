/** From the bytes of a settings file to its value: decoded, parsed, checked; every problem with its place. */
import type * as z from 'zod';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { parseJson } from './json.ts';
import { lineColumn, type Placed, placeOf, SyntaxProblem } from './place.ts';
import { type Problem, problemsOf } from './problems.ts';
import { parseToml } from './toml.ts';

/** A file that was read: its value, and where in it each part stands. */
export interface Sourced<T> {
  value: T;
  /** As a person would name it: relative to the workspace for its files, else absolute. */
  file: string;
  sha256: string;
  /** `file:line:column` of a key path, or of its nearest parent that stands in the file. */
  at(path: readonly PropertyKey[]): string;
}

export interface ParseOptions<T> {
  /** As a person would name the file. */
  file: string;
  syntax: 'toml' | 'json';
  schema: z.ZodType<T>;
  elsewhere: (key: string, path: readonly PropertyKey[]) => string;
  /** What the schema cannot say. */
  check: (value: T) => Problem[];
}

const MOST_PROBLEMS = 20;

/** Throws a Fault 422 whose message has one line for each problem: `file:line:column: what`. */
export function parseSettings<T>(bytes: Uint8Array, options: ParseOptions<T>): Sourced<T> {
  const text = decode(bytes, options.file);
  const placed = read(text, options);
  const parsed = options.schema.safeParse(placed.value);
  const problems = parsed.success
    ? options.check(parsed.data)
    : problemsOf(parsed.error, { schema: options.schema, value: placed.value, elsewhere: options.elsewhere });
  if (problems.length > 0) {
    const lines = problems.slice(0, MOST_PROBLEMS).map((problem) => at(problem) + problem.message);
    if (problems.length > MOST_PROBLEMS) lines.push(`… and ${problems.length - MOST_PROBLEMS} more`);
    throw invalid(lines, options.file);
  }
  if (!parsed.success) throw new Error('parseSettings: a failed parse without an issue');
  return {
    value: parsed.data,
    file: options.file,
    sha256: sha256(bytes),
    at: (path) => `${options.file}:${lineColumn(text, placeOf(placed.places, path).key)}`,
  };

  function at(problem: Problem): string {
    return `${options.file}:${lineColumn(text, placeOf(placed.places, problem.path)[problem.at])}: `;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // a byte order mark is passed over
  } catch {
    throw invalid([`${file}: expected UTF-8 text, came other bytes.`], file);
  }
}

function read(text: string, options: { file: string; syntax: 'toml' | 'json' }): Placed {
  try {
    return options.syntax === 'toml' ? parseToml(text) : parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const kind = options.syntax === 'toml' ? 'TOML' : 'JSON';
    throw invalid([`${options.file}:${lineColumn(text, error.offset)}: not ${kind}: ${error.message}.`], options.file);
  }
}

const invalid = (lines: readonly string[], file: string): Fault =>
  new Fault({
    status: 422,
    code: 'config_invalid',
    message: lines.join('\n'),
    hint: `Nothing starts on settings that are not understood. Mend ${file}, or take it away.`,
  });
