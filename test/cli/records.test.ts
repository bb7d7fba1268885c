/** Sessions leave, come back and are brought back by the built program: exports, receipts, imports and rebuilds in real processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inNamespace } from '../fixtures/namespace.ts';
import { buildProgram, ground, type Ground, type Program, start, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run = (at: Ground, ...words: string[]) => vtcode(program, { words, at });

/** A server on the ground, and a session that it made; both by HTTP. */
async function serve(at: Ground) {
  const running = start(program, { words: ['serve', '--demo', '--no-open', '--port', '0', '--json'], at });
  const { url } = JSON.parse(await running.line) as { url: string };
  const { origin, hash } = new URL(url);
  const post = async (path: string, body: object, token = '') => {
    const headers = {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, string>;
  };
  const { token } = await post('/api/login', { code: hash.replace('#code=', '') });
  const { id } = await post('/api/sessions', { commandId: randomUUID(), title: 'A title' }, token);
  const stop = async () => {
    running.child.kill('SIGTERM');
    return running.ended;
  };
  const get = (path: string) => fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const make = (path: string, body: object) => post(path, { commandId: randomUUID(), ...body }, token);
  return { id: id!, stop, get, make };
}

const stateOf = (at: Ground) => join(at.state, readdirSync(at.state)[0]!);

describe('a session', () => {
  test('leaves in each format with a receipt that the program checks, and is found out when it was changed', async () => {
    const at = ground();
    const { id, stop, get } = await serve(at);
    for (const format of ['md', 'json', 'html']) {
      const { code, stdout } = await run(at, 'sessions', 'export', id, '--format', format);
      expect(code).toBe(0);
      const file = join(at.top, `a.${format}`);
      writeFileSync(file, stdout);
      expect(await run(at, 'audit', 'verify', '--receipt', file)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('The receipt holds'),
      });
      writeFileSync(file, stdout.replace('A title', 'B title'));
      expect(await run(at, 'audit', 'verify', '--receipt', file)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('does not hold'),
      });
      const served = await get(`/api/sessions/${id}/export.${format}?redact=true`);
      expect(served.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename="[\\d-]+-a-title-redacted\\.${format}"$`),
      );
      writeFileSync(file, await served.text());
      expect((await run(at, 'audit', 'verify', '--receipt', file, '--json')).stdout).toContain('"redacted":true');
    }
    expect((await get(`/api/sessions/${id}/export.html?full=true`)).status).toBe(400);
    expect((await get(`/api/sessions/${id}/export.md?full=true&redact=true`)).status).toBe(400);
    await stop();
  });

  test('comes in through the server that runs and without one; of another key only with its public half', async () => {
    const [one, two] = [ground(), ground()];
    const first = await serve(one);
    const { stdout } = await run(one, 'sessions', 'export', first.id);
    const file = join(two.top, 'a.md');
    writeFileSync(file, stdout);
    const own = await run(one, 'sessions', 'import', file);
    expect(own).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ses_[0-9a-z]{26}\n$/),
      stderr: expect.stringContaining('signed here'),
    });
    await first.stop();

    const alone = await run(two, 'sessions', 'import', file);
    expect(alone).toMatchObject({ code: 0, stderr: expect.stringContaining('signed with another key') });
    expect((await run(two, 'sessions', 'list')).stdout).toContain('A title');
    expect((await run(two, 'audit', 'verify', '--receipt', file)).code).toBe(1);
    const key = join(two.top, 'key.pem');
    writeFileSync(key, (await run(one, 'audit', 'key')).stdout);
    expect((await run(two, 'audit', 'verify', '--receipt', file, '--key', key)).code).toBe(0);
    writeFileSync(file, stdout.replace('"title":"A title"', '"title":"B title"'));
    const refused = await run(two, 'sessions', 'import', file);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a\.md:\d+: event 1 is not what was recorded/),
    });
  });
});

describe('the database', () => {
  test('that is gone is not begun anew over its files, and is made anew from them', async () => {
    const at = ground();
    const { id, stop } = await serve(at);
    expect(await run(at, 'sessions', 'rebuild')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already runs'),
    });
    expect((await stop()).code).toBe(0);
    const state = stateOf(at);
    expect(readdirSync(join(state, 'sessions')).sort()).toEqual([
      expect.stringMatching(/-a-title-ses_/),
      'workspace.md',
    ]);
    for (const end of ['', '-wal', '-shm']) rmSync(join(state, `vtcode.db${end}`), { force: true });
    expect(await run(at, 'serve', '--demo', '--no-open')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('vtcode sessions rebuild'),
    });
    expect(existsSync(join(state, 'vtcode.db'))).toBe(false);

    const rebuilt = await run(at, 'sessions', 'rebuild');
    expect(rebuilt).toMatchObject({ code: 0, stdout: expect.stringContaining('Made anew from 2 files') });
    expect((await run(at, 'sessions', 'list')).stdout).toContain(id);
    expect(await run(at, 'audit', 'verify')).toMatchObject({ code: 0 });
    const again = await serve(at);
    await again.stop();
    const text = readFileSync(join(state, 'sessions/workspace.md'), 'utf8');
    expect(text).toContain('"type":"records.rebuilt"');
    expect(await run(at, 'audit', 'verify')).toMatchObject({ code: 0 });
  });
});

describe('records on a disk that is mounted read-only', () => {
  test('are read and checked; what would write says why it cannot, and leaves nothing', async () => {
    const at = ground();
    const { id, stop } = await serve(at);
    expect((await stop()).code).toBe(0);
    const exported = join(at.top, 'a.json');
    const before = await run(at, 'sessions', 'export', id, '--format', 'json');
    writeFileSync(exported, before.stdout);
    const [unshare = '', ...namespace] = inNamespace(
      `mount --bind "${at.home}" "${at.home}"; mount -o remount,ro,bind "${at.home}"`,
    );
    const there = (...words: string[]) => {
      const env = { ...at.env, PATH: process.env['PATH'] ?? at.env['PATH'] };
      const all = [...namespace, process.execPath, program.main, ...words];
      const { status, stdout, stderr } = spawnSync(unshare, all, { cwd: at.work, env, encoding: 'utf8' });
      return { code: status, stdout, stderr };
    };
    expect(there('sessions', 'list')).toMatchObject({ code: 0, stdout: expect.stringContaining(id) as string });
    expect(there('sessions', 'search', 'title').stdout).toContain('A title');
    expect(there('audit', 'verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('whole') as string });
    expect(there('audit', 'export').stdout.split('\n').length).toBeGreaterThan(3);
    const writers = [
      ['exec', '--demo', 'go'],
      ['serve', '--demo', '--no-open', '--port', '0'],
      ['sessions', 'rebuild'],
      ['sessions', 'import', exported],
      ['sessions', 'delete', id, '--yes'],
    ];
    for (const words of writers) {
      const { code, stderr } = there(...words);
      expect([words[1], code]).toEqual([words[1], 1]);
      expect(stderr).toMatch(/read-only/);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
    expect((await run(at, 'audit', 'verify')).code).toBe(0);
    expect((await run(at, 'sessions', 'list')).stdout).toContain(id);
    expect(readdirSync(at.top).filter((name) => name.startsWith('vtcode-read-'))).toEqual([]);
  });
});

describe('a share', () => {
  test('is listed and taken back by commands, with a server and without, and goes with a purge', async () => {
    const at = ground();
    const { id, stop, make } = await serve(at);
    const made = await Promise.all([{}, { live: true }].map((wish) => make(`/api/sessions/${id}/shares`, wish)));
    const { origin, pathname, hash } = new URL(made[0]!['url']!);
    const headers = { authorization: `Bearer ${hash.slice(1)}` };
    const stream = await fetch(`${origin}${pathname.replace('/share/', '/api/share/')}/events`, { headers });
    expect(stream.status).toBe(200);
    expect(await run(at, 'share', 'revoke', made[0]!['id']!)).toMatchObject({ code: 0, stdout: 'Taken back.\n' });
    expect(await stream.text()).toContain('share.ended');
    expect(await run(at, 'share', 'revoke', made[0]!['id']!)).toMatchObject({ code: 1 });
    await stop();
    expect(await run(at, 'share', 'revoke', made[1]!['id']!)).toMatchObject({ code: 0 });
    const { stdout } = await run(at, 'share', 'list', '--json');
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; state: string });
    expect(new Set(listed.map((share) => share.id))).toEqual(new Set(made.map((share) => share['id'])));
    expect(listed.map(({ state }) => state)).toEqual(['revoked', 'revoked']);
    expect(stdout).not.toContain(hash.slice(1));
    expect((await run(at, 'share', 'list')).stdout).toContain('A title');
    expect((await run(at, 'purge', '--yes')).code).toBe(0);
    expect((await run(at, 'share', 'list')).stderr).toContain('Nothing has been recorded');
  });
});
