/** The server's own log: one JSON object a line, redacted, bounded, and impossible to forge from what it quotes. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** `event` is a stable name, words joined by `.`; `facts` are plain data, redacted before they are written. Never throws. */
export type LogLine = (event: string, facts?: Record<string, unknown>) => void;

export interface Logger {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}
