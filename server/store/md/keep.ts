/** Keeps a markdown file for each chain in step with the log: behind it by a moment, never in its way. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import type { SessionInfo } from '../../../shared/api.ts';
import type { SessionEvent } from '../../../shared/event.ts';
import type { SessionId } from '../../../shared/ids.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Bus } from '../bus.ts';
import type { ChainEnd } from '../ends.ts';
import { chainOfFile, recordFileName, WORKSPACE_FILE } from './names.ts';
import { readTail } from './tail.ts';

export type Chain = SessionId | 'workspace';

export interface KeepOptions {
  /** `sessions/` of the state directory. */
  dir: string;
  bus: Bus;
  /** All events of a chain, rising. */
  all(chain: Chain): Iterable<SessionEvent>;
  /** Those of it with a place above `chainSeq` are looked for among these. */
  ends(): ChainEnd[];
  /** Of each deleted session, its tombstones as lines. */
  tombstones(): Map<SessionId, string[]>;
  /** Throws where there is no such session. */
  session(id: SessionId): Pick<SessionInfo, 'title' | 'createdAt'>;
  /** A file could not be written: the database has it all, and the next event tries again. */
  onTrouble(error: unknown, chain: Chain): void;
}

/** Opened once for a directory, by who holds the workspace's lock. Nothing here ever fails what is recorded. */
export class RecordFiles {
  readonly #options: KeepOptions;
  readonly #names = new Map<Chain, string>();
  /** What waits to be written, by its chain. */
  readonly #waiting = new Map<Chain, SessionEvent[]>();
  /** Up to which place in the chain the file is written; none: it is to be written whole. */
  readonly #written = new Map<Chain, number>();
  readonly #removed = new Set<Chain>();
  #timer: NodeJS.Timeout | null = null;
  #queue: Promise<void> = Promise.resolve();
  readonly #unsubscribe: () => void;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#unsubscribe = options.bus.subscribe((item) => {
      if (item.kind === 'durable') this.#take(item.event);
    });
    this.#inTurn(() => this.#open()).catch((error: unknown) => options.onTrouble(error, 'workspace'));
  }

  /** Resolves when every event so far is in its file, or could not be written. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#inTurn(async () => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const [chain, events] of waiting) await this.#guarded(chain, () => this.#write(chain, events));
    });
  }

  /** Takes the file of a session away, for good: nothing of it is written again. */
  remove(session: SessionId): Promise<void> {
    this.#removed.add(session);
    this.#waiting.delete(session);
    return this.#inTurn(async () => {
      for (const name of await readdir(this.#options.dir).catch(() => [] as string[]))
        if (chainOfFile(name) === session) await rm(join(this.#options.dir, name), { force: true });
      this.#names.delete(session);
      this.#written.delete(session);
    });
  }

  /** Ends the listening and writes what waits. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.flush();
  }

  #take(event: SessionEvent): void {
    if (event.type === 'session.deleted') this.remove(event.data.session).catch(() => undefined); // the eraser takes it too
    if (event.type === 'session.deleted') {
      const { session } = event.data;
      this.remove(session).catch((error: unknown) => this.#options.onTrouble(error, session));
    }
    if (this.#removed.has(event.chain)) return;
    const waiting = this.#waiting.get(event.chain);
    if (waiting) waiting.push(event);
    else this.#waiting.set(event.chain, [event]);
    this.#timer ??= setTimeout(() => void this.flush(), LIMITS.recordFlushMs.value);
  }

  /** One thing at a time: two that write one file would tear it. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined); // who asked is told; the next one goes on
    return done;
  }

  async #guarded(chain: Chain, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#written.delete(chain);
      this.#options.onTrouble(error, chain);
    }
  }

  /** What a crash, a full disk or a hand left behind is found and mended, before anything is added. */
  async #open(): Promise<void> {
    const { dir, ends, tombstones } = this.#options;
    await this.#guarded('workspace', async () => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      for (const name of await readdir(dir)) {
        const chain = chainOfFile(name);
        if (chain !== null) this.#names.set(chain, name);
        if (LEFT_OVER.test(name)) await unlink(join(dir, name));
      }
    });
    for (const [chain, lines] of tombstones()) await this.#guarded(chain, () => this.#bury(chain, lines));
    for (const head of ends()) await this.#guarded(head.chain, () => this.#mend(head));
  }

  /** What was said and done is gone; that it was, when and by whom, stays: without it the numbers would have gaps. */
  async #bury(chain: SessionId, lines: readonly string[]): Promise<void> {
    this.#removed.add(chain);
    const { dir } = this.#options;
    const name = `deleted-${chain}.md`;
    if (this.#names.get(chain) === name) return;
    const { recordStone } = await import('./render.ts');
    await writeWhole(join(dir, name), (file) => file.appendFile(recordStone(chain, lines)));
    const before = this.#names.get(chain);
    if (before !== undefined) await rm(join(dir, before), { force: true });
    this.#names.set(chain, name);
  }

  async #mend({ chain, chainSeq, hash }: ChainEnd): Promise<void> {
    if (this.#removed.has(chain)) return;
    const name = this.#names.get(chain);
    const tail = name === undefined ? null : await readTail(join(this.#options.dir, name));
    if (tail !== null && tail.chainSeq === chainSeq && tail.hash === hash) {
      this.#written.set(chain, chainSeq);
      return;
    }
    if (name !== undefined && (tail === null || tail.chainSeq >= chainSeq)) await this.#setAside(name, tail);
    await this.#rewrite(chain);
  }

  /** A file that says what the database does not know is never written over: it may be all that is left of it. */
  async #setAside(name: string, tail: { chainSeq: number } | null): Promise<void> {
    if (tail === null) return; // it ends in the middle: what is whole in it, the database has
    const aside = join(this.#options.dir, 'set-aside');
    await mkdir(aside, { recursive: true, mode: 0o700 });
    await copyFile(join(this.#options.dir, name), join(aside, `${Date.now()}-${name}`));
  }

  async #write(chain: Chain, events: readonly SessionEvent[]): Promise<void> {
    if (this.#removed.has(chain)) return;
    const written = this.#written.get(chain);
    const fresh = events.filter(({ chainSeq }) => chainSeq > (written ?? 0));
    const name = this.#names.get(chain);
    const follows = written !== undefined && fresh[0]?.chainSeq === written + 1;
    if (fresh.length === 0 && written !== undefined) return;
    if (name === undefined || !follows || fresh.some(({ type }) => type === 'session.renamed'))
      return this.#rewrite(chain);
    const file = await open(join(this.#options.dir, name), 'a', 0o600);
    try {
      await this.#append(chain, file, fresh);
    } finally {
      await file.close();
    }
  }

  /** In pieces, with a breath between them: whoever waits for the process is served. */
  async #append(
    chain: Chain,
    file: { appendFile(text: string): Promise<void> },
    events: Iterable<SessionEvent>,
  ): Promise<void> {
    // The parser of markdown is loaded when there is something to write, not at each start.
    const { recordBatch } = await import('./render.ts');
    const put = async (batch: readonly SessionEvent[]) => {
      await file.appendFile(recordBatch(batch));
      this.#written.set(chain, batch.at(-1)!.chainSeq);
      await breath();
    };
    let batch: SessionEvent[] = [];
    for (const event of events) {
      batch.push(event);
      if (batch.length < BREATH) continue;
      await put(batch);
      batch = [];
    }
    if (batch.length > 0) await put(batch);
  }

  async #rewrite(chain: Chain): Promise<void> {
    const { dir, all } = this.#options;
    const { recordHead } = await import('./render.ts');
    const { name, title, created } = this.#nameOf(chain);
    await writeWhole(join(dir, name), async (file) => {
      await file.appendFile(recordHead({ chain, title, created }));
      await this.#append(chain, file, all(chain));
    });
    const before = this.#names.get(chain);
    this.#names.set(chain, name);
    if (before !== undefined && before !== name) await rm(join(dir, before), { force: true });
  }

  #nameOf(chain: Chain): { name: string; title: string; created: string } {
    if (chain === 'workspace') return { name: WORKSPACE_FILE, title: 'Workspace', created: '' };
    const info = this.#options.session(chain);
    return { name: recordFileName(chain, info), title: info.title, created: info.createdAt };
  }
}

/** Beside its place, then into it: at any moment the old file stands there, or the new one, whole. */
async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await write(file);
    await file.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // the first failure is the one to tell
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Events between two breaths: some milliseconds of work. */
const BREATH = 50;
const LEFT_OVER = /^\..+\.[0-9a-f]{12}\.tmp$/;
