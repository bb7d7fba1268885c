/** Makes the database anew from the files of records. What it cannot vouch for, it says; the old one is kept. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventData, SessionEvent } from '../../shared/event.ts';
import { Fault } from '../base/fault.ts';
import { type Verifier, verifierOf } from '../base/signer.ts';
import type { Seals } from './heads.ts';
import { readEnds } from './ends.ts';
import { PUT_BACK } from './md/front.ts';
import { refusal } from './md/problem.ts';
import { openDb, type Db } from './open.ts';
import { createProjection } from './projection.ts';
import { readAllFiles, type ReadChain } from './rebuild-read.ts';
import { events } from './schema.ts';
import { openStore } from './store.ts';
import { headSignature } from './verify.ts';

export type Rebuilt = EventData<'records.rebuilt'> & { torn: { file: string; line: number }[] };

export interface RebuildOptions {
  stateDir: string;
  seals: Seals;
  /** RFC 3339; names the copy of the old database. */
  now: string;
}

/**
 * Call it with the workspace's lock held. Nothing is changed where it throws: a Fault 422 for a file that is not as it was written, a
 * Fault 409 where the database knows more than the files do.
 */
export async function rebuildStore({ stateDir, seals, now }: RebuildOptions): Promise<Rebuilt> {
  const chains = await readAllFiles(stateDir);
  refuseAhead(stateDir, chains);
  const fresh = join(stateDir, `rebuild-${process.pid}`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  try {
    const db = openDb(fresh, 'write');
    try {
      fill(db, chains);
    } finally {
      db.close();
    }
    const backup = await swap(stateDir, fresh, now);
    const count = chains.reduce((sum, chain) => sum + chain.events.length, 0);
    const facts = { files: chains.length, events: count, backup, unverified: unverified(chains, seals) };
    const store = await openStore(stateDir, seals);
    try {
      store.log.record({ type: 'records.rebuilt', data: facts, session: null, turn: null, actor: 'system' }, 'synced');
    } finally {
      store.close();
    }
    const torn = chains.flatMap(({ file, torn: line }) => (line === null ? [] : [{ file, line }]));
    return { ...facts, torn };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** What was acknowledged and is in the database alone would be lost. One that cannot be read says nothing. */
function refuseAhead(stateDir: string, chains: readonly ReadChain[]): void {
  const ends = endsOf(stateDir);
  const lengths = new Map(chains.map(({ chain, events }) => [chain, events.length]));
  const ahead = ends.filter(({ chain, chainSeq }) => chainSeq > (lengths.get(chain) ?? 0));
  if (ahead.length === 0) return;
  const [{ chain, chainSeq }] = ahead as [(typeof ahead)[number]];
  throw new Fault({
    status: 409,
    code: 'database_ahead',
    message: `The database holds events that the files do not: of ${chain} it has ${chainSeq}, the file ${lengths.get(chain) ?? 0}; so with ${ahead.length} chains.`,
    hint: 'Start vtcode serve once and stop it: it brings the files up to date. Or, to go on without those events, move vtcode.db away first.',
  });
}

function endsOf(stateDir: string): ReturnType<typeof readEnds> {
  if (!existsSync(join(stateDir, 'vtcode.db'))) return [];
  try {
    const db = openDb(stateDir, 'read');
    try {
      return readEnds(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof Fault || (error instanceof Error && 'code' in error)) return []; // damaged: why it is made anew
    throw error;
  }
}

function fill(db: Db, chains: readonly ReadChain[]): void {
  const project = createProjection(db);
  const insert = db.orm.insert(events);
  const copied = new Map(chains.map(({ chain, events: list }) => [chain, copiesIn(list.map(({ event }) => event))]));
  const all = chains.flatMap(({ file, events: list }) => list.map((placed) => ({ ...placed, file })));
  all.sort((a, b) => a.event.seq - b.event.seq);
  db.raw.transaction(() => {
    for (const { event, commitment, line, file } of all) {
      const { v: _v, data, ...row } = event;
      const gone = data === null;
      insert.values({ ...row, data: gone ? '' : JSON.stringify(data), commitment: commitment ?? '' }).run();
      if (gone) continue;
      const isCopy = event.chainSeq > 1 && event.chainSeq <= 1 + (copied.get(event.chain) ?? 0);
      try {
        project(event, isCopy);
      } catch (error) {
        const message = `event ${event.chainSeq} does not fit what stands before it: ${error instanceof Error ? error.message : String(error)}`;
        throw refusal([{ file, line, message, hint: PUT_BACK }], 'not_rebuilt');
      }
    }
  })();
}

/** How many events after the first came with a fork or an import. */
function copiesIn(list: readonly SessionEvent[]): number {
  const told = list.find((event) => event.type === 'session.forked' || event.type === 'session.imported');
  return told?.type === 'session.forked' || told?.type === 'session.imported' ? told.data.copied : 0;
}

/** The old database goes aside with its log of writes, then the new one takes its name. Answers the name of the old one. */
async function swap(stateDir: string, fresh: string, now: string): Promise<string> {
  const path = join(stateDir, 'vtcode.db');
  const name = `vtcode.db.backup-${now.replace(/\D/g, '').slice(0, 14)}`;
  const isThere = existsSync(path);
  for (const end of ['-wal', '-shm', ''])
    if (existsSync(path + end)) await rename(path + end, join(stateDir, name + end));
  await rename(join(fresh, 'vtcode.db'), path);
  return isThere ? name : '';
}

/** Each chain of which a signed head does not say that it is whole. */
function unverified(chains: readonly ReadChain[], { signer }: Seals): Rebuilt['unverified'] {
  const own = verifierOf(signer.publicKey);
  const heads = own ? goodHeads(chains, own) : [];
  return chains.flatMap(({ chain, events: list }) => {
    const count = list.length;
    const said = heads.filter((head) => head.chain === chain);
    const fits = said.filter(({ chainSeq, hash }) => list[chainSeq - 1]?.event.hash === hash);
    const verified = Math.max(0, ...fits.map(({ chainSeq }) => chainSeq));
    const missing = said.find(({ chainSeq }) => chainSeq > count);
    const other = said.find(({ chainSeq, hash }) => chainSeq <= count && list[chainSeq - 1]?.event.hash !== hash);
    const why = missing
      ? `a signed head speaks of event ${missing.chainSeq}, which is not in the file`
      : other
        ? `event ${other.chainSeq} is another one than was signed`
        : verified === 0
          ? 'no signed head speaks of it'
          : `no signed head speaks of what comes after event ${verified}`;
    return verified === count && !missing && !other ? [] : [{ chain, verified, events: count, why }];
  });
}

interface Said {
  chain: string;
  chainSeq: number;
  hash: string;
}

/** Those whose signature is good; each stands for the workspace's own chain before it as well. */
function goodHeads(chains: readonly ReadChain[], own: Verifier): Said[] {
  const workspace = chains.find(({ chain }) => chain === 'workspace')?.events ?? [];
  return workspace.flatMap(({ event }): Said[] => {
    if (event.type !== 'head.signed' || headSignature(event, [own]) !== 'good') return [];
    const before = { chain: 'workspace', chainSeq: event.chainSeq - 1, hash: event.prev };
    return [event.data, before];
  });
}
