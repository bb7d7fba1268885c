/** Opens the database of a workspace: version gate, backup, migrations, pragmas. */
import Database from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { fillReads } from './fill.ts';
import { refuseLostDatabase } from './lost.ts';

export interface Db {
  orm: BetterSQLite3Database;
  raw: Database.Database;
  close(): void;
}

/** Stands two levels above this file, in the sources as in the bundle. */
const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url));
const BACKUPS_KEPT = 3;

/**
 * Opens `vtcode.db` in the state directory of a workspace, making or migrating it where it may be written.
 * Throws a Fault that says what is wrong and how to mend it.
 */
export function openDb(stateDir: string, mode: 'write' | 'read'): Db {
  const path = join(stateDir, 'vtcode.db');
  if (mode === 'read' && !existsSync(path)) {
    refuseLostDatabase(stateDir);
    throw new Fault({
      status: 404,
      code: 'no_store',
      message: 'Nothing has been recorded for this workspace yet.',
      hint: 'Start it once with: vtcode serve',
    });
  }
  try {
    if (mode === 'write') mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const raw = mode === 'read' ? openToRead(path) : new Database(path, { timeout: LIMITS.lockWaitMs.value });
    const db: Db = { orm: drizzle(raw), raw, close: () => raw.close() };
    try {
      prepare(db, { path, mode });
      return db;
    } catch (error) {
      raw.close();
      throw error;
    }
  } catch (error) {
    throw asFault(error, path);
  }
}

/**
 * Where the disk is mounted read-only, or the directory is somebody else's, SQLite cannot lay its index beside the file, and so reads
 * nothing: then a copy is read, which is gone from its folder before anything is read of it.
 */
function openToRead(path: string): Database.Database {
  const open = (file: string) => {
    const raw = new Database(file, { readonly: true, timeout: LIMITS.lockWaitMs.value });
    try {
      raw.pragma('user_version'); // the first read: only now it is known whether it can be
      return raw;
    } catch (error) {
      raw.close();
      throw error;
    }
  };
  try {
    return open(path);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
  const dir = mkdtempSync(join(tmpdir(), 'vtcode-read-'));
  try {
    for (const end of ['', '-wal'])
      if (existsSync(path + end)) copyFileSync(path + end, join(dir, basename(path) + end));
    return open(join(dir, basename(path)));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function prepare(db: Db, { path, mode }: { path: string; mode: 'write' | 'read' }): void {
  const { raw } = db;
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  const have = Number(raw.pragma('user_version', { simple: true }));
  if (have > migrations.length) {
    throw new Fault({
      status: 503,
      code: 'store_newer',
      message: `${path} was written by a newer vtcode (its format is ${have}, this one knows ${migrations.length}).`,
      hint: 'Use the newer vtcode, or move the file away to start anew. Nothing was changed.',
    });
  }
  if (mode === 'read') {
    if (have < migrations.length) throw older(path);
    return;
  }
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = NORMAL');
  raw.pragma('foreign_keys = ON');
  // What is deleted, or moved from one page to another, leaves no bytes behind. It must be so from the beginning.
  raw.pragma('secure_delete = ON');
  if (have === migrations.length) return;
  if (have > 0) backup(raw, path, have);
  raw.transaction(() => {
    for (const migration of migrations.slice(have)) for (const statement of migration.sql) raw.exec(statement);
    // What is read from the events may have come with the new format.
    if (have > 0) fillReads(db);
    raw.pragma(`user_version = ${migrations.length}`);
  })();
}

/** A whole copy beside the file, before its format changes, for its owner alone; the last few are kept. */
function backup(raw: Database.Database, path: string, version: number): void {
  const copy = `${path}.backup-${version}`;
  rmSync(copy, { force: true });
  raw.prepare('VACUUM INTO ?').run(copy);
  chmodSync(copy, 0o600);
  for (const old of backupsOf(path).slice(BACKUPS_KEPT)) rmSync(old, { force: true });
}

/** The copies that stand beside a database, the newest format first. */
export function backupsOf(path: string): string[] {
  const version = (name: string) => Number(/\.backup-(\d+)/.exec(name)?.[1] ?? 0);
  const copies = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.backup-`));
  return copies.sort((a, b) => version(b) - version(a)).map((name) => join(dirname(path), name));
}

function isReadOnly(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_READONLY') || ['SQLITE_CANTOPEN', 'EACCES', 'EROFS'].includes(code);
}

const older = (path: string) =>
  new Fault({
    status: 503,
    code: 'store_older',
    message: `${path} was written by an older vtcode.`,
    hint: 'Start `vtcode serve` on this workspace once: it brings the file up to date, after a backup.',
  });

/** What SQLite or the system says of a file of the store, as a Fault: full, read-only, locked or damaged. Bugs pass through as they are. */
export function asFault(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new Fault({
      status: 507,
      code: 'disk_full',
      message: `The disk is full: ${path} could not be written.`,
      hint: 'Make room; nothing that was acknowledged is lost.',
    });
  }
  if (isReadOnly(error)) {
    return new Fault({
      status: 503,
      code: 'store_read_only',
      message: `${path} cannot be written (${code}).`,
      hint: 'Check the owner and the mode of its directory, and whether its disk is mounted read-only.',
    });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new Fault({
      status: 503,
      code: 'store_locked',
      message: `${path} is locked by another program.`,
      hint: 'Close what else has it open, then try again.',
    });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new Fault({
      status: 503,
      code: 'store_damaged',
      message: `${path} is damaged.`,
      hint: 'Put a backup copy in its place, or make it anew from the files beside it: vtcode sessions rebuild',
    });
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new Fault({
      status: 507,
      code: 'store_io',
      message: `${path} could not be read or written (${code}).`,
      hint: 'Check the disk and the room on it.',
    });
  }
  return error;
}
