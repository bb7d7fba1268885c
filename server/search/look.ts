/** What a name stands for right now, without following or opening it. */
import { lstatSync, type BigIntStats } from 'node:fs';

/** Null where nothing is there, or where the system does not let us look. */
export function lookAt(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return null;
  }
}
