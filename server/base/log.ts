/** The server's own log: one JSON object a line, redacted, bounded, and impossible to forge from what it quotes. */
import { LIMITS } from '../../shared/limits.ts';
import type { Redactor } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** `event` is a stable name, words joined by `.`; `facts` are plain data, redacted before they are written. Never throws. */
export type LogLine = (event: string, facts?: Record<string, unknown>) => void;

export interface Logger {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}

export interface LogOptions {
  /** What is below it is not written. */
  level: LogLevel;
  redactor: Redactor;
  /** Gets one whole line with its line feed. It must not throw. */
  write: (line: string) => void;
  now?: () => Date;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const DEPTH = 6;
const ENTRIES = 100;

export function createLogger(options: LogOptions): Logger {
  const line =
    (level: LogLevel): LogLine =>
    (event, facts = {}) => {
      if (RANK[level] < RANK[options.level]) return;
      const at = (options.now?.() ?? new Date()).toISOString();
      const data = plain(facts, options.redactor, DEPTH) as Record<string, unknown>;
      const head = { at, level, event: options.redactor.redact(event) };
      // First for the eye, and last so that a fact named `level` or `event` cannot pass itself off as the record's own.
      options.write(bounded({ ...head, ...data, ...head }));
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

function bounded(record: Record<string, unknown>): string {
  const whole = escaped(JSON.stringify(record));
  if (whole.length < LIMITS.logLineChars.value) return `${whole}\n`;
  const { at, level, event, ...facts } = record;
  const room = Math.floor(LIMITS.logLineChars.value / 8); // an escaped character takes six, a quoted quote two
  const cut = JSON.stringify(facts).slice(0, room);
  return `${escaped(JSON.stringify({ at, level, event: String(event).slice(0, 200), truncated: true, cut }))}\n`;
}

/**
 * JSON.stringify escapes what is below U+0020 only. DEL, the C1 controls (an 8-bit terminal obeys them), the line and
 * paragraph separators, bidirectional controls and invisible characters are escaped here, so that a line is one line and
 * shows what it holds.
 */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g,
    (found) => [...Array(found.length).keys()].map((i) => `\\u${hex4(found.charCodeAt(i))}`).join(''),
  );
}

const hex4 = (unit: number) => unit.toString(16).padStart(4, '0');

/** Plain data of any value, at most `depth` deep; what JSON cannot say becomes text. */
function plain(value: unknown, redactor: Redactor, depth: number): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  if (value instanceof Error) return plainError(value, redactor, depth);
  if (typeof value !== 'object') return redactor.redact(String(value));
  if (depth === 0) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, ENTRIES).map((held) => plain(held, redactor, depth - 1));
  const entries = Object.entries(value).slice(0, ENTRIES);
  return Object.fromEntries(
    entries.map(([key, held]) => [redactor.redact(key), plain(held, redactor, depth - 1)] as const),
  );
}

function plainError(error: Error, redactor: Redactor, depth: number): unknown {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined || depth === 0 ? {} : { cause: plain(error.cause, redactor, depth - 1) };
  return {
    name: error.name,
    message: redactor.redact(error.message),
    stack: redactor.redact(error.stack ?? ''),
    ...code,
    ...cause,
  };
}
