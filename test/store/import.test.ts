/** A session from elsewhere is taken in as history: it touches nothing that is here, and has no say. */
import { describe, expect, it } from 'vitest';
import { exportSession } from '../../server/store/export/export.ts';
import { importSession } from '../../server/store/import.ts';
import { createRedaction } from '../../server/store/redaction.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { newActionId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { fold } from '../../shared/timeline.ts';
import { ANN, keeper, lose, NOW, opened, rebuild, refused, work, workspace } from '../fixtures/kept.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempDir } from '../fixtures/temp.ts';

async function exported(store: Store, session: SessionId, format: 'md' | 'json', isRedacted = false): Promise<Buffer> {
  const redaction = isRedacted
    ? createRedaction({ known: ['Hello, world of secrets'], home: '', root: '', host: '', user: '', keep: [] })
    : null;
  const rest = { redaction, signer: store.signer, version: '1', madeAt: NOW, blobs: null };
  let text = '';
  for await (const piece of exportSession({
    session: store.sessions.get(session),
    events: store.log.all(session),
    format,
    ...rest,
  }))
    text += piece;
  return Buffer.from(text);
}

describe('an import', () => {
  it.each(['md', 'json'] as const)(
    'takes in an export as %s: a new session with the same history and no say',
    async (format) => {
      const from = await workspace();
      const source = await opened(from.dir);
      const bytes = await exported(source, from.sessions[0], format);
      const to = tempDir();
      const store = await opened(to);
      const { session, facts } = await importSession(store, { name: `a.${format}`, bytes }, ANN);
      expect(session).not.toBe(from.sessions[0]);
      expect(facts).toMatchObject({ session: from.sessions[0], receipt: 'own', redacted: false });
      expect(await store.blobs.get(facts.sha256)).toEqual(bytes);
      const was = [...source.log.all(from.sessions[0])];
      const is = [...store.log.all(session)];
      expect(is.slice(1, -1).map(({ type, data, at }) => ({ type, data, at }))).toEqual(
        was.slice(1).map(({ type, data, at }) => ({ type, data, at })),
      );
      expect(new Set([...is, ...was].map(({ id }) => id)).size).toBe(is.length + was.length);
      expect(store.sessions.pending(null)).toEqual([]);
      expect(store.sessions.get(session)).toMatchObject({ state: 'rested', waiting: 0, title: 'One' });
      const { items } = fold(is);
      expect(items.at(-1)).toMatchObject({ kind: 'notice', title: `Imported from a.${format}` });
      expect(
        items.some((item) => item.kind === 'tool' && (item.state === 'waiting' || item.approval?.state === 'open')),
      ).toBe(false);
      expect(is.filter(({ type }) => type === 'approval.resolved').map(({ actor }) => actor)).toEqual([
        'user:ann (imported)/log',
      ]);
    },
  );

  it('of what is here already makes another session, and touches the first in nothing', async () => {
    const { dir, sessions } = await workspace();
    const store = await opened(dir);
    const before = [...store.log.all(sessions[0])];
    const pending = store.sessions.pending(null);
    const { session } = await importSession(
      store,
      { name: 'a.md', bytes: await exported(store, sessions[0], 'md') },
      ANN,
    );
    expect([...store.log.all(sessions[0])]).toEqual(before);
    expect(store.sessions.pending(null)).toEqual(pending);
    expect(store.sessions.changes(session, 'session')).toEqual([]);
  });

  it('brings no changes of files with it, nor does a fork of it, wherever it was cut; those made here count', async () => {
    const from = await workspace();
    const source = await opened(from.dir);
    const changed = (store: Store, session: SessionId, path: string) => {
      const before = { state: 'absent' } as const;
      const after = { state: 'file', sha256: 'a'.repeat(64), size: 1, mode: 0o644 } as const;
      const data = {
        actionId: newActionId(),
        op: 'create' as const,
        path,
        from: path,
        before,
        after,
        added: 1,
        removed: 0,
      };
      store.log.record({ type: 'file.changed', data, session, turn: newTurnId(), actor: 'agent:m' });
    };
    changed(source, from.sessions[0], 'theirs');
    work(source, from.sessions[0], 'after it');
    const bytes = await exported(source, from.sessions[0], 'json');
    const store = await opened(tempDir());
    const { session } = await importSession(store, { name: 'a.json', bytes }, ANN);
    store.sessions.change(session, { title: 'Renamed' }, ANN);
    changed(store, session, 'ours');
    const events = [...store.log.all(session)];
    const said = events.findLast((event) => event.type === 'message.user')!;
    const messageId = said.type === 'message.user' ? said.data.messageId : null;
    const [whole, cut] = [store.sessions.fork(session, null, ANN), store.sessions.fork(session, messageId, ANN)];
    const again = store.sessions.fork(whole, null, ANN);
    changed(store, cut, 'its own');
    const paths = (id: SessionId) => store.sessions.changes(id, 'session').map(({ path }) => path);
    expect([session, whole, cut, again].map(paths)).toEqual([['ours'], ['ours'], ['its own'], ['ours']]);
    await store.trash.remove(whole, ANN);
    expect(paths(again)).toEqual([]);
    await store.trash.remove(session, ANN);
    expect(paths(cut)).toEqual(['its own']);
  });

  it('takes a redacted export, and says that it is one', async () => {
    const { dir, sessions } = await workspace();
    const store = await opened(dir);
    work(store, sessions[0], 'Hello, world of secrets');
    const { session, facts } = await importSession(
      store,
      { name: 'a.md', bytes: await exported(store, sessions[0], 'md', true) },
      ANN,
    );
    expect(facts.redacted).toBe(true);
    expect(JSON.stringify([...store.log.all(session)])).toContain('[redacted secret]');
  });

  it.each([
    [
      'an edited event',
      (text: string) => text.replace('"text":"Hello"', '"text":"Hullo"'),
      /a\.md:\d+: event 2 is not what was recorded/,
    ],
    [
      'a forged approval',
      (text: string) => text.replace('"answer":"allow-session"', '"answer":"allow-once"'),
      /a\.md:\d+: event \d+ is not what was recorded/,
    ],
    [
      'a cut end',
      (text: string) => text.slice(0, text.lastIndexOf('{"v":1') + 30),
      /a\.md:\d+: the file ends in the middle/,
    ],
    [
      'another signature',
      (text: string) => text.replace(/("signature": ")..../, '$1AAAA'),
      /a\.md:\d+: the signature of its receipt is not good/,
    ],
    [
      'events that were not signed',
      (text: string) => text.replace(/("events": )\d+/, '$199'),
      /a\.md:\d+: the signature of its receipt is not good/,
    ],
    [
      'a language in its front matter',
      (text: string) => text.replace('---\n', '---js\n'),
      /a\.md:1: expected a line of three dashes/,
    ],
    ['marks of a merge', (text: string) => text.replace('## Record\n', '=======\n'), /a\.md:\d+: a merge/],
    ['nothing', () => '', /a\.md:1: expected an export/],
    ['something else', () => '{"events": []}', /a\.md:1: not an export of a session/],
    ['bytes that are no text', () => '\u0000\u0001', /a\.md:1: expected text in UTF-8/],
  ])('refuses %s, says where, and takes in nothing', async (_what, change, words) => {
    const { dir, sessions } = await workspace();
    const store = await opened(dir);
    const text = (await exported(store, sessions[0], 'md')).toString('utf8');
    expect(change(text)).not.toBe(text);
    const before = store.log.head();
    const fault = await refused(importSession(store, { name: 'a.md', bytes: Buffer.from(change(text)) }, ANN));
    expect(fault.message).toMatch(words);
    expect(store.log.head()).toBe(before);
  });

  it('survives a rebuild as what it is', async () => {
    const { dir, sessions } = await workspace();
    const store = await openStore(dir, testSeals(dir));
    const files = keeper(store, dir);
    const { session } = await importSession(
      store,
      { name: 'a.md', bytes: await exported(store, sessions[0], 'md') },
      ANN,
    );
    const pending = store.sessions.pending(null);
    await files.close();
    store.close();
    lose(dir);
    await rebuild(dir);
    const again = await opened(dir);
    expect(again.sessions.get(session).state).toBe('rested');
    expect(again.sessions.pending(null)).toEqual(pending);
  });
});
