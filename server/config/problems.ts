/** What is wrong in a settings file, in words: where, what was expected, what came, and the key or word that was meant. */
import * as z from 'zod';
import { didYouMean } from '../base/nearest.ts';

export interface Problem {
  path: readonly PropertyKey[];
  /** Where in the file to point: at the key, or at what it is set to. */
  at: 'key' | 'value';
  message: string;
}

export interface ProblemHelp {
  schema: z.ZodType;
  value: unknown;
  /** Says why a key that is known elsewhere does not stand here; empty for a key that is known nowhere. */
  elsewhere: (key: string, path: readonly PropertyKey[]) => string;
}

/** The issues of a failed parse, each with the path of the key that is wrong. */
export function problemsOf(error: z.ZodError, help: ProblemHelp): Problem[] {
  return error.issues.flatMap((issue) => problemOf(issue, help));
}

function problemOf(issue: z.core.$ZodIssue, help: ProblemHelp): Problem[] {
  const came = show(valueAt(help.value, issue.path));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(help.schema, issue.path);
      return issue.keys.map((key) => unknownKey(key, issue.path, { known, help }));
    }
    case 'invalid_value':
      return [{ path: issue.path, at: 'value', message: expectedOneOf(issue.values, valueAt(help.value, issue.path)) }];
    case 'invalid_key':
      return [{ path: issue.path, at: 'key', message: badKey(String(issue.path.at(-1)), issue) }];
    case 'too_big':
    case 'too_small':
      return [{ path: issue.path, at: 'value', message: `expected ${sizeOf(issue)}, came ${came}.` }];
    case 'invalid_type':
      return [
        {
          path: issue.path,
          at: 'value',
          message: `${missing(help, issue.path)}expected ${kindOf(issue.expected)}, came ${came}.`,
        },
      ];
    default:
      return [{ path: issue.path, at: 'value', message: `${issue.message}, came ${came}.` }];
  }
}

/** The name of a key that is not there: its place tells of the table alone. */
const missing = (help: ProblemHelp, path: readonly PropertyKey[]): string =>
  path.length > 0 && valueAt(help.value, path) === undefined
    ? `the key ${named(String(path.at(-1)))} is missing: `
    : '';

function unknownKey(key: string, path: readonly PropertyKey[], given: { known: string[]; help: ProblemHelp }): Problem {
  const elsewhere = given.help.elsewhere(key, path);
  const among = given.known.length === 0 ? '' : ` Known here: ${given.known.join(', ')}.`;
  const message = `unknown key ${named(key)}.${elsewhere || didYouMean(key, given.known) || among}`;
  return { path: [...path, key], at: 'key', message };
}

function expectedOneOf(values: readonly unknown[], came: unknown): string {
  const words = values.map((value) => JSON.stringify(value));
  const expected = words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
  const meant = typeof came === 'string' ? didYouMean(came, values.map(String)) : '';
  return `expected ${expected}, came ${show(came)}.${meant}`;
}

function badKey(key: string, issue: z.core.$ZodIssueInvalidKey): string {
  const inner = issue.issues[0];
  if (inner?.code === 'invalid_value') return `unknown name ${named(key)}.${didYouMean(key, inner.values.map(String))}`;
  const pattern = inner?.code === 'invalid_format' && typeof inner.pattern === 'string' ? ` (${inner.pattern})` : '';
  return `${named(key)} is not a name that can stand here${pattern}.`;
}

function sizeOf(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
  switch (issue.origin) {
    case 'string':
      return `${bound} characters`;
    case 'array':
      return `${bound} entries`;
    default:
      return bound;
  }
}

function kindOf(expected: string): string {
  const kinds: Record<string, string> = {
    object: 'a table',
    record: 'a table',
    array: 'a list',
    string: 'a text',
    boolean: 'true or false',
    int: 'a whole number',
    number: 'a number',
  };
  return kinds[expected] ?? expected;
}

/** At most 60 characters of a value, as JSON: control characters are escaped, so a file cannot write on a terminal. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A key as it is where it is a plain word, else as JSON. */
export const named = (key: string): string => (/^[\w.-]{1,60}$/.test(key) ? `\`${key}\`` : show(key));

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((held, key) => {
    const inside = typeof held === 'object' && held !== null && Object.hasOwn(held, key);
    return inside ? (held as Record<PropertyKey, unknown>)[key] : undefined;
  }, value);
}

/** The keys that a schema knows at a path; none where it takes any or is not an object. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = unwrapped(at);
    if (at instanceof z.ZodObject) at = (at.shape as Record<PropertyKey, unknown>)[key];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  at = unwrapped(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
