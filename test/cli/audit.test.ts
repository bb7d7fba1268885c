/** The commands over the records, as a person types them: the check, its key, the search, the deletion. */
import Database from 'better-sqlite3';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { generateKeyPairSync } from 'node:crypto';
import { signerOf } from '../../server/base/signer.ts';
import { sealsOf } from '../../server/cli/seals.ts';
import { workspaceId } from '../../server/config/workspace.ts';
import { openStore } from '../../server/store/store.ts';
import { buildProgram, ground, start, vtcode, type Ground, type Program } from './program.ts';

const USER = 'user:ada/cli_test';
let program: Program;
beforeAll(async () => void (program = await buildProgram()));
afterAll(() => program.remove());

/** A workspace with one session of one turn, recorded and closed. */
async function recorded(): Promise<{ at: Ground; session: SessionId; database: string }> {
  const at = ground();
  const stateDir = join(at.state, workspaceId(at.work));
  const store = await openStore(stateDir, await sealsOf({ configDir: at.config, stateDir }));
  const session = store.sessions.create('About the lighthouse', USER);
  const messageId = newMessageId();
  const here = { session, turn: newTurnId(), actor: USER } as const;
  store.log.record({
    type: 'message.user',
    data: { messageId, text: 'who keeps the lantern', delivery: 'start' },
    ...here,
  });
  store.log.record({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' }, ...here });
  store.close();
  return { at, session, database: join(stateDir, 'vtcode.db') };
}

describe('vtcode audit', () => {
  it('says that the record is whole, with 0, and what it cannot tell', async () => {
    const { at } = await recorded();
    const { code, stdout } = await vtcode(program, { words: ['audit', 'verify'], at });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The record is whole\.\n {2}events {3}4 in 2 chains\n {2}signed {3}1 heads/);
    expect(stdout).toContain('whoever owns this account can read it');
    const json = await vtcode(program, { words: ['audit', 'verify', '--json'], at });
    expect(JSON.parse(json.stdout)).toMatchObject({ whole: true, broken: null, events: 4, unsealed: 0 });
  });

  it('names the break, with 1; with the wrong key it trusts nothing; with the printed one it does', async () => {
    const { at, database } = await recorded();
    const key = join(at.top, 'key.pem');
    const printed = await vtcode(program, { words: ['audit', 'key'], at });
    expect(printed.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    writeFileSync(key, printed.stdout);
    expect((await vtcode(program, { words: ['audit', 'verify', '--key', key], at })).code).toBe(0);
    writeFileSync(key, signerOf(generateKeyPairSync('ed25519').privateKey).publicKey);
    const foreign = await vtcode(program, { words: ['audit', 'verify', '--key', key], at });
    expect({ code: foreign.code, out: foreign.stdout }).toMatchObject({
      code: 1,
      out: expect.stringContaining('key that is not here'),
    });
    writeFileSync(key, 'not a key');
    expect(await vtcode(program, { words: ['audit', 'verify', '--key', key], at })).toMatchObject({
      code: 2,
      stdout: '',
    });
    const raw = new Database(database);
    raw.prepare("DELETE FROM events WHERE type = 'message.user'").run();
    raw.close();
    const broken = await vtcode(program, { words: ['audit', 'verify'], at });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/^The record is broken\.\n {2}at seq 2: removed; event 2 of the chain is missing\n/);
  });

  it('has nothing to check where nothing was recorded', async () => {
    const at = ground();
    const { code, stderr } = await vtcode(program, { words: ['audit', 'verify'], at });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing has been recorded') });
  });
});

describe('vtcode sessions', () => {
  it('searches what was said, and shows where', async () => {
    const { at, session } = await recorded();
    const found = await vtcode(program, { words: ['sessions', 'search', 'lantern keeps'], at });
    expect(found.stdout).toMatch(new RegExp(`^${session} .*\\n    message.user: who keeps the lantern\\n$`));
    const none = await vtcode(program, { words: ['sessions', 'search', 'walrus'], at });
    expect(none).toEqual({ code: 0, stdout: '', stderr: 'Nothing found.\n' });
  });

  it('asks a person before it deletes; then all that was held is gone, and the record whole', async () => {
    const { at, session } = await recorded();
    const refused = await vtcode(program, { words: ['sessions', 'delete', session], at });
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('About the lighthouse') });
    expect(await vtcode(program, { words: ['sessions', 'delete', session, '--yes'], at })).toMatchObject({ code: 0 });
    expect((await vtcode(program, { words: ['sessions', 'list'], at })).stdout).toBe('');
    const { code, stdout } = await vtcode(program, { words: ['audit', 'verify'], at });
    expect(code).toBe(0);
    expect(stdout).toContain('deleted  4 of them');
  });

  it('deletes through the server that runs, and is refused where the session is not there', async () => {
    const { at, session } = await recorded();
    const server = start(program, { words: ['serve', '--no-open', '--json', '--port', '0', '--demo'], at });
    await server.line;
    expect(await vtcode(program, { words: ['sessions', 'delete', session, '--yes'], at })).toMatchObject({ code: 0 });
    const again = await vtcode(program, { words: ['sessions', 'delete', session, '--yes'], at });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no session') });
    expect((await vtcode(program, { words: ['audit', 'verify'], at })).code).toBe(0);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect((await vtcode(program, { words: ['audit', 'verify'], at })).code).toBe(0);
  });
});
