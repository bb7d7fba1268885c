/** A database that is gone while the files beside it are there: a new one would begin the record anew, and nobody would know. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { chainOfFile } from './md/names.ts';

/** Throws a Fault 409 then. Call it before the database is opened to be written, with the workspace's lock held. */
export function refuseLostDatabase(stateDir: string): void {
  const dir = join(stateDir, 'sessions');
  if (existsSync(join(stateDir, 'vtcode.db')) || !existsSync(dir)) return;
  const count = readdirSync(dir).filter((name) => chainOfFile(name) !== null).length;
  if (count === 0) return;
  throw new Fault({
    status: 409,
    code: 'database_lost',
    message: `${join(stateDir, 'vtcode.db')} is gone, and ${count} files of records are in ${dir}.`,
    hint: 'To make it anew from them: vtcode sessions rebuild. To begin without them, move that folder away.',
  });
}
