/** How far the records were taken by a collector, beside the records: what comes after it is sent again after any end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../../base/fault.ts';
import { writeWhole } from '../whole-file.ts';

const Cursor = z.strictObject({
  v: z.literal(1),
  /** The last event that was taken. `id` finds it in a database that was made anew; empty before the first. */
  seq: z.int().min(0),
  id: z.string(),
  at: z.string(),
  /** Why no more is taken at present, and since when; both empty while all is well. */
  trouble: z.string(),
  since: z.string(),
});
export type Cursor = z.infer<typeof Cursor>;

export const cursorPath = (stateDir: string): string => join(stateDir, 'otlp.json');

/** Null where nothing was ever sent. Throws a Fault where it cannot be read: to begin anew would lose or repeat, unasked. */
export function readCursor(stateDir: string): Cursor | null {
  const path = cursorPath(stateDir);
  try {
    return Cursor.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Fault({
      status: 503,
      code: 'cursor_damaged',
      message: `${path} cannot be read, so it is not known what the collector has: nothing is sent.`,
      hint: 'Move the file away to send what is recorded from the next start on; vtcode audit export has the rest.',
    });
  }
}

export function writeCursor(stateDir: string, cursor: Cursor): void {
  writeWhole(cursorPath(stateDir), `${JSON.stringify(cursor)}\n`);
}
