/** A database is made anew from the files beside it: all that they hold, with no say, and marked where nothing vouches for it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifierOf } from '../../server/base/signer.ts';
import { openStore } from '../../server/store/store.ts';
import { verifyStore } from '../../server/store/verify-store.ts';
import { newActionId } from '../../shared/ids.ts';
import { ANN, keeper, lose, opened, rebuild, refused, workspace } from '../fixtures/kept.ts';
import { testSeals } from '../fixtures/seals.ts';

const fileOf = (dir: string, session: string) =>
  join(
    dir,
    'sessions',
    readdirSync(join(dir, 'sessions')).find((name) => name.includes(session))!,
  );

describe('a rebuild', () => {
  it.each([
    ['lost', lose],
    ['damaged', (dir: string) => writeFileSync(join(dir, 'vtcode.db'), 'x'.repeat(5_000))],
    ['whole', () => undefined],
  ])('brings back every event where the database is %s', async (how, harm) => {
    const { dir, sessions, events } = await workspace();
    harm(dir);
    const rebuilt = await rebuild(dir);
    const store = await opened(dir);
    const back = store.log.after(0, { sessions: null, limit: 1_000 });
    expect(back.slice(0, events.length)).toEqual(events);
    expect(back.slice(events.length).map(({ type }) => type)).toContain('records.rebuilt');
    expect(rebuilt).toMatchObject({ files: 3, events: events.length, torn: [] });
    expect(rebuilt.backup === '').toBe(how === 'lost');
    if (rebuilt.backup !== '') expect(readdirSync(dir)).toContain(rebuilt.backup);
    expect(store.sessions.get(sessions[1])).toMatchObject({ title: 'Second', pinned: true });
    expect(store.sessions.list({ query: 'there', cursor: null, archived: false }).sessions.map(({ id }) => id)).toEqual(
      [sessions[1]],
    );
    const verified = await verifyStore({
      stateDir: dir,
      anchor: testSeals(dir).anchor,
      verifiers: [verifierOf(testSeals(dir).signer.publicKey)!],
      signal: new AbortController().signal,
    });
    expect(verified).toMatchObject({ whole: true, broken: null });
  });

  it('says what no signed head speaks for: what came after one, and a file that was made up', async () => {
    const { dir, sessions } = await workspace();
    lose(dir);
    const { unverified } = await rebuild(dir);
    const said = unverified.find(({ chain }) => chain === sessions[0])!;
    expect(said.why).toContain('what comes after event');
    expect(said.verified).toBeGreaterThan(0);
    expect(said.verified).toBeLessThan(said.events);
  });

  it('says that a file lacks what was signed, where its end was cut off cleanly', async () => {
    const { dir, sessions } = await workspace();
    lose(dir);
    const file = fileOf(dir, sessions[0]);
    const text = readFileSync(file, 'utf8');
    const events = text.split('\n').filter((line) => line.startsWith('{"v":1'));
    const kept = events.slice(0, 3);
    const head = text.slice(0, text.indexOf('<details>'));
    writeFileSync(file, `${head}\n\`\`\`json vtcode-events\n${kept.join('\n')}\n\`\`\`\n`);
    const { unverified } = await rebuild(dir);
    expect(unverified.find(({ chain }) => chain === sessions[0])?.why).toMatch(
      /speaks of event \d+, which is not in the file/,
    );
  });

  it('leaves no request that could be answered, and no answer that still holds', async () => {
    const { dir, sessions } = await workspace();
    lose(dir);
    await rebuild(dir);
    const store = await opened(dir);
    // What is open is left to the next start, which lets nothing of it be answered.
    expect(store.sessions.pending(null).every(({ session }) => session !== null && sessions.includes(session))).toBe(
      true,
    );
    expect(store.sessions.pending(null)).toHaveLength(2);
  });

  it.each([
    [
      'edited',
      (text: string) => text.replace('"text":"Hello"', '"text":"Hullo"'),
      /sessions\/.*:\d+: event \d+ is not what was recorded/,
    ],
    ['merged', (text: string) => text.replace('\n{"v":1', '\n<<<<<<< HEAD\n{"v":1'), /:\d+: a merge of two versions/],
    [
      'reordered',
      (text: string) => {
        const lines = text.split('\n');
        const at = lines.flatMap((line, i) => (line.startsWith('{"v":1') ? [i] : []));
        [lines[at[1]!], lines[at[2]!]] = [lines[at[2]!]!, lines[at[1]!]!];
        return lines.join('\n');
      },
      /:\d+: expected event 2, came event 3/,
    ],
    [
      'given other numbers',
      (text: string) => text.replace('"seq":5,', '"seq":1,'),
      /:\d+: its number 1 is (that of|not above)/,
    ],
    [
      'of a tag',
      (text: string) => text.replace('title: ', 'title: !!js/function '),
      /:5: expected a text in double quotes/,
    ],
  ])('refuses a file that was %s, says where, and changes nothing', async (_how, change, words) => {
    const { dir, sessions, events } = await workspace();
    const file = fileOf(dir, sessions[0]);
    const text = readFileSync(file, 'utf8');
    expect(change(text)).not.toBe(text);
    writeFileSync(file, change(text));
    const before = readdirSync(dir).sort();
    const fault = await refused(rebuild(dir));
    expect(fault.message).toMatch(words);
    expect(fault.hint).not.toBe('');
    expect(readdirSync(dir).sort()).toEqual(before);
    expect((await opened(dir)).log.after(0, { sessions: null, limit: 1_000 })).toEqual(events);
  });

  it('refuses two files of one session, and a file under the name of another', async () => {
    const { dir, sessions } = await workspace();
    const [one, two] = [fileOf(dir, sessions[0]), fileOf(dir, sessions[1])];
    writeFileSync(one.replace('one', 'copy'), readFileSync(one));
    expect((await refused(rebuild(dir))).message).toContain('holds the same session');
    rmSync(one.replace('one', 'copy'));
    renameSync(one, `${one}.aside`);
    writeFileSync(one, readFileSync(two));
    expect((await refused(rebuild(dir))).message).toContain('its name says');
  });

  it.each([
    ['a folder', (path: string) => void mkdirSync(path)],
    ['a pipe that nobody writes', (path: string) => void execFileSync('mkfifo', [path])],
  ])('refuses %s under the name of a file, and waits for nothing', async (_, make) => {
    const { dir, sessions } = await workspace();
    const file = fileOf(dir, sessions[0]);
    rmSync(file);
    make(file);
    expect((await refused(rebuild(dir))).message).toContain(':1: expected a file; it is none');
  });

  it('refuses to forget what the database knows and no file does', async () => {
    const { dir, sessions } = await workspace();
    rmSync(fileOf(dir, sessions[1]));
    const fault = await refused(rebuild(dir));
    expect([fault.code, fault.hint]).toEqual(['database_ahead', expect.stringContaining('vtcode serve')]);
  });

  it('takes what is whole of a file that was cut off, and says so', async () => {
    const { dir, sessions } = await workspace();
    lose(dir);
    const file = fileOf(dir, sessions[1]);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, text.lastIndexOf('\n{"v":1') + 40));
    const { torn } = await rebuild(dir);
    expect(torn).toEqual([{ file: expect.stringContaining(sessions[1]), line: expect.any(Number) }]);
  });

  it('keeps the tombstones of what was deleted, and nothing of its content', async () => {
    const { dir, sessions } = await workspace();
    const store = await openStore(dir, testSeals(dir));
    for (const { id } of store.sessions.pending(sessions[0])) {
      const data = { approvalId: id, actionId: newActionId(), why: 'restart' as const, message: 'gone' };
      store.log.record({ type: 'approval.expired', data, session: sessions[0], turn: null, actor: 'system' });
    }
    await store.trash.remove(sessions[0], ANN);
    await keeper(store, dir).close();
    store.close();
    expect(readdirSync(join(dir, 'sessions'))).toContain(`deleted-${sessions[0]}.md`);
    for (const name of readdirSync(join(dir, 'sessions')).filter((one) => one.endsWith('.md')))
      expect(readFileSync(join(dir, 'sessions', name), 'utf8')).not.toContain('Hello');
    lose(dir);
    await rebuild(dir);
    const verified = await verifyStore({
      stateDir: dir,
      anchor: testSeals(dir).anchor,
      verifiers: [verifierOf(testSeals(dir).signer.publicKey)!],
      signal: new AbortController().signal,
    });
    expect(verified.broken).toBeNull();
    expect(verified.tombstones).toBeGreaterThan(5);
  });
});
