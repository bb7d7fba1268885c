/** The file of `--events`: each event a line of JSON, as it is recorded. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SessionEvent } from '../../shared/event.ts';
import { usage } from './args.ts';

export interface EventsFile {
  /** Never throws: what went wrong `close` tells. */
  take(event: SessionEvent): void;
  /** Why it could not be written whole; empty where it was. */
  close(): string;
}

/** Made, or made anew, for its user alone. Throws a Fault of `usage` where it cannot be. */
export function openEventsFile(path: string, cwd: string): EventsFile {
  const file = open(resolve(cwd, path));
  let trouble = '';
  return {
    take(event) {
      if (trouble !== '') return;
      try {
        writeSync(file, `${JSON.stringify(event)}\n`);
      } catch (error) {
        trouble = codeOf(error);
      }
    },
    close() {
      closeSync(file);
      return trouble;
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw usage(`--events: ${path} cannot be written (${codeOf(error)}).`, 'Name a file in a directory that is yours.');
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
