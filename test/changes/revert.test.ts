/** Taking changes back: each kind of change, what the person did since, and what is in the way. */
import { mkdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../server/base/fault.ts';
import { sha256 } from '../../server/base/hash.ts';
import { titleOf } from '../../shared/title.ts';
import { newActionId, newSessionId, newTurnId } from '../../shared/ids.ts';
import { ADA, openHouse, type House } from './house.ts';

const TEN = Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join('');
const swap = (text: string, line: number, by: string) => text.replace(`line ${line}\n`, by);

const codeOf = (task: Promise<unknown>) =>
  task.then(
    () => 'done',
    (error: unknown) => (error instanceof Fault ? `${error.status} ${error.code}` : String(error)),
  );

describe('a revert of a file that nobody touched since', () => {
  it('brings back bytes and mode, also of what is no text, and takes away what was made', async () => {
    const { agent, turn, write, revert, tree } = await openHouse();
    write('crlf.txt', '\ufeffone\r\ntwo', 0o600);
    write('bin', Buffer.from([0, 1, 2, 255]), 0o755);
    write('gone.txt', 'was here\n');
    const before = tree();
    const one = turn();
    await agent(
      one,
      { path: 'crlf.txt', to: '\ufeffone\r\n2\r\n' },
      { path: 'bin', to: Buffer.from([0, 9]), mode: 0o644 },
    );
    await agent(one, { path: 'gone.txt', to: null }, { path: 'new/deep.txt', to: 'made\n' });
    const { files } = await revert({ scope: 'turn', turn: one });
    expect(files.map(({ path, state }) => [path, state])).toEqual([
      ['crlf.txt', 'back'],
      ['bin', 'back'],
      ['gone.txt', 'back'],
      ['new/deep.txt', 'back'],
    ]);
    expect(tree()).toEqual(before);
  });

  it('gives moved files their names back, also where names were swapped or taken anew', async () => {
    const { agent, turn, write, revert, tree } = await openHouse();
    write('a', 'A\n');
    write('b', 'B\n');
    write('c', 'C\n');
    const before = tree();
    const one = turn();
    await agent(one, { path: 'tmp', from: 'a', to: 'A\n' });
    await agent(one, { path: 'a', from: 'b', to: 'B\n' });
    await agent(one, { path: 'b', from: 'tmp', to: 'A and more\n' });
    await agent(one, { path: 'c', to: null });
    await agent(one, { path: 'c', from: 'a', to: 'B\n' });
    await agent(one, { path: 'a', to: 'new\n' });
    await revert();
    expect(tree()).toEqual(before);
  });

  it('takes back one file of several, and one turn of several', async () => {
    const { agent, turn, write, revert, text } = await openHouse();
    write('a', TEN);
    write('b', 'B\n');
    const [one, two] = [turn(), turn()];
    await agent(one, { path: 'a', to: swap(TEN, 2, 'TWO\n') }, { path: 'b', to: 'bee\n' });
    await agent(two, { path: 'a', to: swap(swap(TEN, 2, 'TWO\n'), 8, 'EIGHT\n') });
    await revert({ scope: 'session', paths: ['b'] });
    expect(text('b')).toBe('B\n');
    const { files } = await revert({ scope: 'turn', turn: one });
    expect(files).toMatchObject([
      { path: 'a', state: 'merged' },
      { path: 'b', state: 'already' },
    ]);
    expect(text('a')).toBe(swap(TEN, 8, 'EIGHT\n'));
  });

  it('is undone as it was done, and that again', async () => {
    const { agent, turn, write, revert, tree, lastRevert } = await openHouse();
    write('a', 'A\n', 0o755);
    write('b', 'B\n');
    const before = tree();
    await agent(turn(), { path: 'a', to: 'AA\n' }, { path: 'c', from: 'b', to: 'B\nC\n' }, { path: 'd', to: 'D\n' });
    const after = tree();
    await revert();
    expect(tree()).toEqual(before);
    await revert({ scope: 'action', actionId: await lastRevert() });
    expect(tree()).toEqual(after);
    await revert({ scope: 'action', actionId: await lastRevert() });
    expect(tree()).toEqual(before);
  });
});

describe('what the person did since', () => {
  it('stays where it does not touch the change, and so does their mode', async () => {
    const { agent, turn, write, revert, text, tree } = await openHouse();
    write('a', TEN);
    await agent(turn(), { path: 'a', to: swap(TEN, 2, 'agent\n') });
    write('a', `mine\n${swap(swap(TEN, 2, 'agent\n'), 9, 'mine too\n')}`, 0o700);
    const { files } = await revert();
    expect(files).toMatchObject([{ state: 'merged' }]);
    expect(text('a')).toBe(`mine\n${swap(TEN, 9, 'mine too\n')}`);
    expect(tree()['a']).toMatch(/^700 /);
  });

  it('stays where they changed it between two changes of the agent', async () => {
    const { agent, turn, write, revert, text } = await openHouse();
    write('a', TEN);
    const one = turn();
    await agent(one, { path: 'a', to: swap(TEN, 2, 'agent\n') });
    write('a', swap(text('a')!, 5, 'mine\n'));
    await agent(one, { path: 'a', to: swap(text('a')!, 8, 'agent again\n') });
    await revert({ scope: 'turn', turn: one });
    expect(text('a')).toBe(swap(TEN, 5, 'mine\n'));
  });

  it('is a conflict on the same lines: shown, and the file left alone while the others go back', async () => {
    const { agent, turn, write, revert, text } = await openHouse();
    write('a', TEN);
    write('b', 'B\n');
    await agent(turn(), { path: 'a', to: swap(TEN, 2, 'agent\n') }, { path: 'b', to: 'bee\n' });
    const mine = swap(TEN, 2, 'mine\n');
    write('a', mine);
    const { files } = await revert();
    expect(files).toMatchObject([
      {
        ...{ path: 'a', state: 'conflict' },
        clashes: [{ line: 2, before: ['line 2'], agent: ['agent'], now: ['mine'] }],
      },
      { path: 'b', state: 'back' },
    ]);
    expect([text('a'), text('b')]).toEqual([mine, 'B\n']);
  });

  const WAYS: [string, (given: House) => void, RegExp][] = [
    ['a file that was made was edited', ({ write }) => write('made', 'made\nmine\n'), /edited since/],
    ['a file that was changed is gone', ({ remove }) => remove('a'), /not there any more/],
    ['another stands where one was deleted', ({ write }) => write('gone', 'mine\n'), /Something else stands/],
    ['another has the old name of one that was moved', ({ write }) => write('old', 'mine\n'), /Something else stands/],
    ['what is no text was changed', ({ write }) => write('bin', Buffer.from([0, 7, 7])), /no text/],
    [
      'a link took its place',
      ({ root, remove }) => {
        remove('a');
        symlinkSync('bin', join(root, 'a'));
      },
      /link/,
    ],
    [
      'a folder took its place',
      ({ root, remove }) => {
        remove('a');
        mkdirSync(join(root, 'a'));
      },
      /folder/,
    ],
  ];

  it.each(WAYS)('leaves everything of it alone where %s', async (_way, change, why) => {
    const given = await openHouse();
    const { agent, turn, write, revert, preview, tree, session, changes } = given;
    write('a', 'A\n');
    write('gone', 'gone\n');
    write('old', 'old\n');
    write('bin', Buffer.from([0, 1]));
    await agent(
      turn(),
      ...[
        { path: 'a', to: 'agent\n' },
        { path: 'gone', to: null },
        { path: 'moved', from: 'old', to: 'old\n' },
      ],
      ...[
        { path: 'bin', to: Buffer.from([0, 2]) },
        { path: 'made', to: 'made\n' },
      ],
    );
    change(given);
    const before = tree();
    const { files } = await preview();
    const refused = files.filter(({ state }) => state === 'conflict');
    expect(refused).toHaveLength(1);
    expect(refused[0]!.why).toMatch(why);
    expect(refused[0]!.hint).not.toBe('');
    const alone = { session, scope: 'session' as const, paths: [refused[0]!.path] };
    expect(await changes.preview(alone)).toMatchObject({ action: null, digest: null });
    expect(await codeOf(changes.revert({ ...alone, digest: 'f'.repeat(64) }, ADA))).toBe('409 nothing_to_revert');
    expect(tree()).toEqual(before);
    await revert();
    const after = tree();
    for (const name of ['a', 'gone', 'old', 'made', 'bin', 'moved'])
      if (name === refused[0]!.path || name === refused[0]!.to) expect(after[name]).toBe(before[name]);
  });

  it('counts as theirs too where a later turn of the agent did it', async () => {
    const { agent, turn, write, preview } = await openHouse();
    write('a', 'A\n');
    const one = turn();
    await agent(one, { path: 'a', to: 'AA\n' });
    await agent(turn(), { path: 'a', to: 'AAA\n' });
    expect((await preview({ scope: 'turn', turn: one })).files).toMatchObject([{ state: 'conflict' }]);
    expect((await preview()).files).toMatchObject([{ state: 'back' }]);
  });
});

describe('what was shown is what is done', () => {
  it('refuses another digest, and the same one once the file is another, a link or taken back already', async () => {
    const { agent, turn, write, preview, changes, session, root, text, remove, tree } = await openHouse();
    write('a', TEN);
    write('elsewhere', 'agent\n');
    await agent(turn(), { path: 'a', to: swap(TEN, 2, 'agent\n') });
    const { digest } = await preview();
    const press = (of = digest!) => codeOf(changes.revert({ session, scope: 'session', digest: of }, ADA));
    expect(await press('0'.repeat(64))).toBe('409 stale_revert');
    const shown = text('a')!;
    write('a', `${shown}mine\n`);
    expect(await press()).toBe('409 stale_revert');
    remove('a');
    symlinkSync('elsewhere', join(root, 'a'));
    expect(await press()).toBe('409 nothing_to_revert');
    expect(text('elsewhere')).toBe('agent\n');
    unlinkSync(join(root, 'a'));
    write('a', shown);
    expect(await press()).toBe('done');
    expect(text('a')).toBe(TEN);
    expect(await press()).toBe('409 nothing_to_revert');
    expect(Object.keys(tree())).toEqual(['a', 'elsewhere']);
  });

  it('lets one of two presses at once do it, and the other one nothing', async () => {
    const { agent, turn, write, preview, changes, session, text, store } = await openHouse();
    write('a', 'A\n');
    await agent(turn(), { path: 'a', to: 'AA\n' });
    const { digest } = await preview();
    const press = () => codeOf(changes.revert({ session, scope: 'session', digest: digest! }, ADA));
    const codes = await Promise.all([press(), press()]);
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.find((code) => code !== 'done')).toMatch(/^409 /);
    expect(text('a')).toBe('A\n');
    expect(store.log.ofType(session, 'file.changed')).toHaveLength(2);
  });

  it('keeps nothing of a preview, and of a revert all that its undo needs', async () => {
    const { agent, turn, write, preview, revert, store } = await openHouse();
    write('a', TEN);
    await agent(turn(), { path: 'a', to: swap(TEN, 2, 'agent\n') });
    write('a', swap(TEN, 2, 'agent\n').replace('line 9', 'a secret of mine'));
    const { action } = await preview();
    const { before, after } = action!.changes[0]!;
    const kept = async () =>
      Promise.all([before, after].map((state) => (state.state === 'file' ? store.blobs.get(state.sha256) : null)));
    expect(await kept()).toEqual([null, null]);
    await revert();
    expect((await kept()).map((bytes) => bytes?.includes('a secret of mine'))).toEqual([true, true]);
  });

  it('is the act of the person, so that it also goes where the workspace is not trusted any more', async () => {
    const { agent, turn, write, revert, facts, text } = await openHouse();
    write('a', 'A\n');
    await agent(turn(), { path: 'a', to: 'AA\n' });
    facts.trusted = false;
    await revert();
    expect(text('a')).toBe('A\n');
  });

  it('is recorded as the act of the person, with what it took back', async () => {
    const { agent, turn, write, revert, store, session } = await openHouse();
    write('a', 'A\n');
    const one = turn();
    await agent(one, { path: 'a', to: 'AA\n' });
    await revert({ scope: 'turn', turn: one });
    const events = [...store.log.all(session)].slice(-3);
    expect(events.map(({ type, actor, turn: of }) => [type, actor, of])).toEqual([
      ['action.proposed', ADA, null],
      ['file.changed', ADA, null],
      ['action.finished', ADA, null],
    ]);
    expect(events[0]!.data).toMatchObject({ action: { tool: 'revert', reverts: one }, verdict: { decision: 'allow' } });
    expect(events[1]!.data).toMatchObject({ op: 'modify', path: 'a', reverts: one });
    expect(events[0]!.type === 'action.proposed' && titleOf(events[0]!.data.action)).toBe('Revert a');
  });
});

describe('what cannot be taken back', () => {
  it('is a protected file, whatever the agent once did to it', async () => {
    const { agent, turn, write, preview, facts, tree } = await openHouse();
    write('infra/a', 'A\n');
    await agent(turn(), { path: 'infra/a', to: 'AA\n' });
    facts.rules.paths.push({
      ...{ id: 'user/infra', kind: 'protected', layer: 'user', source: 'config.toml:1' },
      ...{ patterns: ['infra/**'], why: 'Ours alone.' },
    });
    const before = tree();
    const { files, action } = await preview();
    expect(action).toBeNull();
    expect(files).toMatchObject([{ state: 'conflict', why: 'It is protected: Ours alone.' }]);
    expect(tree()).toEqual(before);
  });

  it('is a file whose bytes are lost, and it says so', async () => {
    const { agent, turn, write, preview, changes, session, state } = await openHouse();
    write('a', 'A\n');
    await agent(turn(), { path: 'a', to: 'AA\n' });
    const lost = sha256('A\n');
    unlinkSync(join(state, 'blobs', lost.slice(0, 2), lost));
    expect((await preview()).files).toMatchObject([{ state: 'conflict', why: expect.stringContaining('not kept') }]);
    expect(await changes.file({ session, scope: 'session', path: 'a' })).toMatchObject({ parts: [{ diff: null }] });
  });

  it('is anything of a deleted session, and it says that too', async () => {
    const { agent, turn, write, changes, session, store, text } = await openHouse();
    write('a', 'A\n');
    await agent(turn(), { path: 'a', to: 'AA\n' });
    await store.trash.remove(session, ADA);
    const asked = { session, scope: 'session' as const };
    expect(await codeOf(changes.preview(asked))).toBe('410 session_gone');
    expect(await codeOf(changes.read(asked))).toBe('410 session_gone');
    expect(await codeOf(changes.preview({ ...asked, session: newSessionId() }))).toBe('404 no_session');
    expect(text('a')).toBe('AA\n');
  });

  it('is too much at once, and goes in parts', async () => {
    const { agent, turn, write, preview, revert, text } = await openHouse();
    const big = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i} ${'x'.repeat(40)}\n`).join('');
    for (const name of ['a', 'b', 'c', 'd']) {
      write(name, big(name));
      await agent(turn(), { path: name, to: big('agent') });
    }
    expect(await codeOf(preview())).toBe('413 revert_too_large');
    await revert({ paths: ['b'] });
    expect([text('b'), text('c')]).toEqual([big('b'), big('agent')]);
  });

  it('is a turn, an action or a path that changed nothing here', async () => {
    const { agent, turn, write, changes, session, preview } = await openHouse();
    write('a', 'A\n');
    await agent(turn(), { path: 'a', to: 'AA\n' });
    const asked = { session, scope: 'session' as const };
    expect(await codeOf(changes.preview({ ...asked, scope: 'turn', turn: newTurnId() }))).toBe('404 no_change');
    expect(await codeOf(changes.preview({ ...asked, scope: 'action', actionId: newActionId() }))).toBe('404 no_change');
    expect(await codeOf(changes.preview({ ...asked, scope: 'action' }))).toBe('400 invalid_request');
    for (const path of ['b', '../a', '/etc/passwd', 'a/..', ''])
      expect(await codeOf(preview({ paths: [path] }))).toBe('404 no_change');
  });
});
