/** The markdown beside the database: it follows the log, and is mended after whatever happened to it. */
import { appendFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newMessageId, type SessionId } from '../../shared/ids.ts';
import { readRecordFile } from '../../server/store/md/file.ts';
import { RecordFiles } from '../../server/store/md/keep.ts';
import type { Store } from '../../server/store/store.ts';
import { tempStore } from '../fixtures/store.ts';

const ANN = 'user:ann/log' as const;

function keep(store: Store & { dir: string }, troubles: unknown[] = []): RecordFiles {
  const files = new RecordFiles({
    dir: join(store.dir, 'sessions'),
    bus: store.bus,
    all: (chain) => store.log.all(chain),
    ends: () => store.ends(),
    tombstones: () => store.tombstones(),
    session: (id) => store.sessions.get(id),
    onTrouble: (error) => troubles.push(error),
  });
  onTestFinished(() => files.close());
  return files;
}

const say = ({ log }: Store, session: SessionId, text: string) =>
  log.record({
    type: 'message.user',
    data: { messageId: newMessageId(), text, delivery: 'steer' },
    session,
    turn: null,
    actor: ANN,
  });

async function fileOf(dir: string, session: string): Promise<string> {
  const names = (await readdir(join(dir, 'sessions'))).filter((name) => name.endsWith(`${session}.md`));
  expect(names).toHaveLength(1);
  return join(dir, 'sessions', names[0]!);
}

async function holdsAll(store: Store & { dir: string }, session: SessionId): Promise<string> {
  const text = await readFile(await fileOf(store.dir, session), 'utf8');
  const read = readRecordFile(text, 'a.md');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  expect(read.file.torn).toBeNull();
  expect(read.file.events.map(({ event }) => event)).toEqual([...store.log.all(session)]);
  return text;
}

describe('the markdown of a session', () => {
  it('is there a moment after an event, named by day, title and id, for its owner alone', async () => {
    const store = await tempStore();
    const files = keep(store);
    const session = store.sessions.create('Fix the ../parser!', ANN);
    say(store, session, 'Hello **there**');
    await files.flush();
    const file = await fileOf(store.dir, session);
    expect(file).toMatch(/\/\d{4}-\d\d-\d\d-fix-the-parser-ses_[0-9a-z]{26}\.md$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(store.dir, 'sessions'))).mode & 0o777).toBe(0o700);
    expect(await holdsAll(store, session)).toContain('Hello **there**');
  });

  it('is added to, not written anew, while the session goes on', async () => {
    const store = await tempStore();
    const files = keep(store);
    const session = store.sessions.create('A', ANN);
    say(store, session, 'one');
    await files.flush();
    const { ino, size } = await stat(await fileOf(store.dir, session));
    const before = await readFile(await fileOf(store.dir, session), 'utf8');
    for (let i = 0; i < 120; i++) say(store, session, `more ${i}`);
    await files.flush();
    const after = await stat(await fileOf(store.dir, session));
    expect(after.ino).toBe(ino);
    expect(after.size).toBeGreaterThan(size);
    expect((await holdsAll(store, session)).startsWith(before)).toBe(true);
  });

  it('takes the new name of a renamed session, and leaves no other file', async () => {
    const store = await tempStore();
    const files = keep(store);
    const session = store.sessions.create(null, ANN);
    await files.flush();
    store.sessions.change(session, { title: 'Something "else": *now*' }, ANN);
    say(store, session, 'one');
    await files.flush();
    expect(await fileOf(store.dir, session)).toContain('something-else-now');
    expect(await holdsAll(store, session)).toContain('title: "Something \\"else\\": \\u002anow\\u002a"');
  });

  it('has a file for what belongs to no session', async () => {
    const store = await tempStore();
    const files = keep(store);
    store.log.record({ type: 'trust.revoked', data: { why: 'a test' }, session: null, turn: null, actor: ANN });
    await files.flush();
    const read = readRecordFile(await readFile(join(store.dir, 'sessions/workspace.md'), 'utf8'), 'workspace.md');
    expect(read.ok && read.file.events.map(({ event }) => event.type)).toContain('trust.revoked');
  });

  it.each([
    ['cut in the middle of an event', async (file: string) => truncate(file, (await stat(file)).size - 200)],
    ['cut to nothing', (file: string) => truncate(file, 0)],
    ['gone', (file: string) => rm(file)],
    [
      'without its last event',
      async (file: string) => {
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.slice(0, text.lastIndexOf('\n<details>')));
      },
    ],
  ])('is mended at the next start where it was left %s', async (_what, harm) => {
    const store = await tempStore();
    const first = keep(store);
    const session = store.sessions.create('A', ANN);
    say(store, session, 'one');
    await first.flush();
    say(store, session, 'two');
    await first.close();
    await harm(await fileOf(store.dir, session));
    await keep(store).flush();
    await holdsAll(store, session);
  });

  it('follows what was recorded while nobody kept it', async () => {
    const store = await tempStore();
    const session = store.sessions.create('A', ANN);
    say(store, session, 'one');
    const files = keep(store);
    say(store, session, 'two');
    await files.flush();
    await holdsAll(store, session);
  });

  it('is set aside, not written over, where it knows more than the database', async () => {
    const store = await tempStore();
    const first = keep(store);
    const session = store.sessions.create('A', ANN);
    await first.close();
    const more = await tempStore();
    const theirs = keep(more);
    const other = more.sessions.create('B', ANN);
    say(more, other, 'what only the file knows');
    await theirs.close();
    const file = await fileOf(store.dir, session);
    await writeFile(file, await readFile(await fileOf(more.dir, other), 'utf8'));
    await keep(store).flush();
    await holdsAll(store, session);
    const aside = join(store.dir, 'sessions/set-aside');
    const [kept] = await readdir(aside);
    expect(await readFile(join(aside, kept!), 'utf8')).toContain('what only the file knows');
  });

  it('goes with its session, and stays away', async () => {
    const store = await tempStore();
    const files = keep(store);
    const session = store.sessions.create('A', ANN);
    await files.flush();
    await files.remove(session);
    say(store, session, 'late');
    await files.flush();
    expect((await readdir(join(store.dir, 'sessions'))).filter((name) => name.includes(session))).toEqual([]);
  });

  it('fails nothing where it cannot be written, says so, and is whole when it can', async () => {
    const store = await tempStore();
    await writeFile(join(store.dir, 'sessions'), 'in the way');
    const troubles: unknown[] = [];
    const files = keep(store, troubles);
    const session = store.sessions.create('A', ANN);
    say(store, session, 'one');
    await files.flush();
    expect(troubles.length).toBeGreaterThan(0);
    await rm(join(store.dir, 'sessions'));
    await mkdir(join(store.dir, 'sessions'));
    say(store, session, 'two');
    await files.flush();
    await holdsAll(store, session);
  });

  it('leaves no half-made copy behind', async () => {
    const store = await tempStore();
    await mkdir(join(store.dir, 'sessions'));
    await appendFile(join(store.dir, 'sessions/.a.md.0123456789ab.tmp'), 'half');
    await keep(store).flush();
    expect(await readdir(join(store.dir, 'sessions'))).toEqual([]);
  });
});
