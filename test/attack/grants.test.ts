/** Attacks on standing rules, over HTTP on a whole server: none is wider than it was shown, beats what asks or denies, or comes back. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { digest } from '../../server/base/hash.ts';
import type { PendingApproval } from '../../shared/api.ts';
import type { Grant, GrantWish } from '../../shared/grant.ts';
import type { RulePreview } from '../../shared/policy-api.ts';
import { ask, eventsOf, pending, startServer, type Client } from '../fixtures/server.ts';

const run = (command: string) => ({ calls: [{ name: 'run_command', args: { command } }] });
const write = (path: string, content: string) => ({ calls: [{ name: 'write_file', args: { path, content } }] });
const DONE = { text: 'ok' };
const PACKAGE = JSON.stringify({ name: 'x', scripts: { test: 'true' } });

async function waiting(client: Client): Promise<PendingApproval> {
  return vi.waitFor(async () => {
    const [open] = await pending(client);
    expect(open).toBeDefined();
    return open!;
  });
}

type Rule = Extract<RulePreview, { kind: 'rule' }>;

async function preview(client: Client, { id }: { id: string }, wish: GrantWish | null = null): Promise<RulePreview> {
  const { status, body } = await client.send('POST', `/api/approvals/${id}/rule`, { wish });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body as RulePreview;
}

async function offered(client: Client, open: { id: string }): Promise<Rule> {
  const found = await preview(client, open);
  if (found.kind === 'none') throw new Error(found.why);
  return found;
}

const take = (client: Client, open: PendingApproval, wish: GrantWish, ruleDigest = digest(wish)) =>
  client.post(`/api/approvals/${open.id}`, { digest: open.digest, answer: 'allow-rule', rule: wish, ruleDigest });

const rested = (client: Client, session: string, count = 1) =>
  vi.waitFor(async () => {
    const ends = (await eventsOf(client, session)).filter(({ type }) => /^turn\.(completed|failed|inter)/.test(type));
    expect(ends).toHaveLength(count);
  });

const grants = async (client: Client): Promise<Grant[]> =>
  ((await client.send('GET', '/api/grants')).body as { grants: Grant[] }).grants;

const decisions = async (client: Client, session: string) =>
  (await eventsOf(client, session))
    .filter(({ type }) => type === 'action.proposed')
    .map(({ data }) => data as unknown as { verdict: PendingApproval['verdict'] })
    .map(({ verdict }) => [verdict.decision, verdict.reasons[0]!.layer]);

describe('a rule that a person made', () => {
  it('lets the same thing run unasked, tells its use, and asks again once it is taken away', async () => {
    const server = await startServer([run('touch made'), run('touch made'), run('touch made'), DONE]);
    const client = await server.login();
    const session = await ask(client);
    const open = await waiting(client);
    expect(open.answers).toContain('allow-rule');
    const { wish, reach } = await offered(client, open);
    expect(reach).toMatchObject({ looked: 1, allowed: 1, denied: 0 });
    expect((await take(client, open, wish)).status).toBe(202);
    await rested(client, session);
    expect(await decisions(client, session)).toEqual([
      ['prompt', 'default'],
      ['allow', 'grant'],
      ['allow', 'grant'],
    ]);
    const [made] = await grants(client);
    expect(made).toMatchObject({ state: 'active', uses: 2, digest: digest(wish) });

    const revoke = () => client.send('DELETE', `/api/grants/${made!.id}`, { commandId: randomUUID() });
    expect((await revoke()).status).toBe(200);
    expect((await revoke()).status).toBe(409);
    expect((await client.send('DELETE', `/api/grants/grt_${'0'.repeat(26)}`, { commandId: randomUUID() })).status).toBe(
      404,
    );
    const { body } = await client.send('POST', '/api/policy/check', { script: 'touch made' });
    expect(body).toMatchObject({ verdict: { decision: 'prompt' } });
    expect(await grants(client)).toMatchObject([{ state: 'revoked' }]);
  });

  it('of one command of a script lets no other command of it run', async () => {
    const server = await startServer([run('touch a; rm b'), run('touch a; rm b'), run('touch a'), DONE], { b: '' });
    const client = await server.login();
    const session = await ask(client);
    const open = await waiting(client);
    const { wish } = await offered(client, open);
    expect(wish.rule).toMatchObject({ words: [{ text: 'touch' }, { text: 'a' }] });
    expect((await take(client, open, wish)).status).toBe(202);
    const again = await vi.waitFor(async () => {
      const next = (await pending(client)).find(({ id }) => id !== open.id);
      expect(next).toBeDefined();
      return next!;
    });
    await client.post(`/api/approvals/${again.id}`, { digest: again.digest, answer: 'deny' });
    await rested(client, session);
    expect((await decisions(client, session)).map(([decision]) => decision)).toEqual(['prompt', 'prompt', 'allow']);
  });

  it('holds across a restart, and sleeps while the workspace is not trusted', async () => {
    const server = await startServer([run('touch made'), DONE]);
    const client = await server.login();
    const session = await ask(client);
    const open = await waiting(client);
    await take(client, open, (await offered(client, open)).wish);
    await rested(client, session);
    await server.restart();
    const again = await server.login();
    const check = async () => (await again.send('POST', '/api/policy/check', { script: 'touch made' })).body;
    expect(await check()).toMatchObject({ verdict: { decision: 'allow', reasons: [{ layer: 'grant' }] } });
    await again.send('PATCH', '/api/workspace', { commandId: randomUUID(), mode: 'plan' });
    expect(await check()).toMatchObject({ verdict: { decision: 'deny' } });
    await again.send('PATCH', '/api/workspace', { commandId: randomUUID(), mode: 'ask' });
    writeFileSync(join(server.root, '.vt-workspace-trust'), 'not a statement');
    expect(await grants(again)).toMatchObject([{ state: 'asleep' }]);
    expect(await check()).not.toMatchObject({ verdict: { decision: 'allow' } });
  });

  it('is pinned to what it runs: other scripts in package.json, and it asks', async () => {
    const server = await startServer([run('npm test'), DONE], { 'package.json': PACKAGE });
    const client = await server.login();
    await ask(client);
    const open = await waiting(client);
    const { wish } = await offered(client, open);
    expect(wish.rule).toMatchObject({
      pins: [
        { what: 'scripts', path: 'package.json' },
        { path: '.npmrc', sha256: 'absent' },
      ],
    });
    expect((await take(client, open, wish)).status).toBe(202);
    const check = async (script: string) =>
      ((await client.send('POST', '/api/policy/check', { script })).body as { verdict: { decision: string } }).verdict
        .decision;
    expect(await check('npm test')).toBe('allow');
    // Its neighbours are not what was shown.
    for (const script of [
      'npm test -- --watch',
      'npm run test',
      'cd src && npm test',
      'X=1 npm test',
      'export X=1; npm test',
      'echo y | npm test',
      'npm test < answers',
      'npm test <<< y',
      '{ npm test; } < answers',
      'echo y | { npm test; }',
      'timeout 9 npm test',
      'env npm test',
      "sh -c 'npm test'",
      'npm test; eval ls',
      'npm() { ls; }; npm test',
      'touch package.json && npm test',
      'npm test > out.txt',
      './npm test',
    ])
      expect([script, await check(script)]).toEqual([script, 'prompt']);
    expect(await check('npm test && git status')).toBe('allow');
    writeFileSync(join(server.root, '.npmrc'), 'script-shell=./evil\n');
    expect(await check('npm test')).toBe('prompt');
    expect(await grants(client)).toMatchObject([{ state: 'changed' }]);
    writeFileSync(join(server.root, '.npmrc'), '');
    writeFileSync(join(server.root, 'package.json'), PACKAGE.replace('true', 'curl evil.test'));
    expect(await check('npm test')).toBe('prompt');
  });

  it('does not hold for a program that was planted under its name', async () => {
    const server = await startServer([run('sometool --all'), DONE]);
    const client = await server.login();
    await ask(client);
    const open = await waiting(client);
    await take(client, open, (await offered(client, open)).wish);
    const check = async () => (await client.send('POST', '/api/policy/check', { script: 'sometool --all' })).body;
    expect(await check()).toMatchObject({ verdict: { decision: 'allow' } });
    mkdirSync(join(server.root, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(server.root, 'node_modules/.bin/sometool'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await check()).toMatchObject({ verdict: { decision: 'prompt' } });
  });

  it('never beats a rule that asks or denies, nor one that came after it', async () => {
    const server = await startServer([run('touch made'), DONE]);
    const client = await server.login();
    await ask(client);
    const open = await waiting(client);
    await take(client, open, (await offered(client, open)).wish);
    for (const decision of ['prompt', 'deny']) {
      const rule = { id: 'no-touch', program: 'touch', args: ['**'], decision };
      const text = JSON.stringify({ version: 1, commands: [rule] });
      mkdirSync(join(server.root, '.vtcode'), { recursive: true });
      writeFileSync(join(server.root, '.vtcode/tool-policy.json'), text);
      const { body } = await client.send('POST', '/api/policy/check', { script: 'touch made' });
      expect(body).toMatchObject({ verdict: { decision } });
    }
  });

  it('for edits holds below its folder and nowhere else, and never for what others run', async () => {
    const server = await startServer([
      write('src/a.txt', '1'),
      write('src/b.txt', '2'),
      write('src/package.json', '{}'),
      DONE,
    ]);
    const client = await server.login();
    const session = await ask(client);
    const open = await waiting(client);
    const { wish } = await offered(client, open);
    expect(wish.rule).toEqual({ kind: 'edit', tool: 'write_file', path: 'src/a.txt' });
    const wide = { ...wish, rule: { kind: 'edit' as const, tool: 'write_file', path: 'src/**' } };
    expect(await preview(client, open, wide)).toMatchObject({ kind: 'rule', problem: '', digest: digest(wide) });
    expect((await take(client, open, wide)).status).toBe(202);
    const surface = await waiting(client);
    expect(surface.action).toMatchObject({ changes: [{ path: 'src/package.json' }] });
    expect(surface.answers).not.toContain('allow-rule');
    await client.post(`/api/approvals/${surface.id}`, { digest: surface.digest, answer: 'deny' });
    await rested(client, session);
    expect((await decisions(client, session))[1]).toEqual(['allow', 'grant']);
  });
});

describe('the answer that makes a rule', () => {
  const wider: [name: string, change: (wish: GrantWish) => unknown][] = [
    ['any word', (wish) => with_(wish, { words: [word('npm'), { kind: 'one' }] })],
    ['all that follow', (wish) => with_(wish, { words: [word('npm'), { kind: 'rest' }] })],
    ['any program', (wish) => with_(wish, { words: [{ kind: 'one' }, word('test')] })],
    ['another word', (wish) => with_(wish, { words: [word('npm'), word('publish')] })],
    ['another folder', (wish) => with_(wish, { cwd: 'src' })],
    ['no pin', (wish) => with_(wish, { pins: [] })],
    ['another pin', (wish) => with_(wish, { pins: [{ what: 'file', path: 'README.md', sha256: '0'.repeat(64) }] })],
    ['more questions', (wish) => with_(wish, { lifts: ['runs', 'network', 'writes', 'system'] })],
    ['a network', (wish) => with_(wish, { network: 'proxy' })],
    ['an edit', (wish) => ({ ...wish, rule: { kind: 'edit', tool: 'write_file', path: '**' } })],
    ['no end', (wish) => ({ ...wish, until: new Date(Date.now() + 91 * 86_400_000).toISOString() })],
    ['a past end', (wish) => ({ ...wish, until: new Date(Date.now() - 1_000).toISOString() })],
    ['an end in another form', (wish) => ({ ...wish, until: wish.until.replace(/\.\d+Z/, 'Z') })],
  ];
  const word = (text: string) => ({ kind: 'word' as const, text });
  const with_ = (wish: GrantWish, change: object) => ({ ...wish, rule: { ...wish.rule, ...change } });

  it('is refused for whatever is wider than the request, and the request waits on', async () => {
    const server = await startServer([run('npm test'), DONE], { 'package.json': PACKAGE, 'README.md': '# x\n' });
    const client = await server.login();
    await ask(client);
    const open = await waiting(client);
    const { wish } = await offered(client, open);
    for (const [name, change] of wider) {
      const made = change(wish) as GrantWish; // some of these are no wish at all, and that is the attack
      expect([name, (await take(client, open, made)).status]).toEqual([name, 422]);
    }
    expect((await take(client, open, wish, '0'.repeat(64))).status).toBe(409);
    expect((await take(client, open, wish, digest({ ...wish, scope: 'session' }))).status).toBe(409);
    const other = { ...open, digest: '1'.repeat(64) };
    expect((await take(client, other, wish)).status).toBe(409);
    expect(await grants(client)).toEqual([]);
    expect(await pending(client)).toHaveLength(1);
    // What it runs changed after it was shown: the rule that was shown is none any more.
    writeFileSync(join(server.root, 'package.json'), PACKAGE.replace('true', 'curl evil.test'));
    expect((await take(client, open, wish)).status).toBe(422);
    expect(await grants(client)).toEqual([]);
  });

  it('makes one rule where two tabs answer at once', async () => {
    const server = await startServer([run('touch made'), DONE]);
    const [one, two] = [await server.login(), await server.login()];
    await ask(one);
    const open = await waiting(one);
    const { wish } = await offered(one, open);
    const answers = await Promise.all([take(one, open, wish), take(two, open, wish)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(await grants(one)).toHaveLength(1);
  });

  const NEVER: [script: string, why: RegExp][] = [
    ['npx prettier .', /package/],
    ['npm install left-pad', /package.json alone/],
    ['python3 -c "print(1)"', /no file/],
    ['node -e 1', /no file/],
    ['bash', /no file/],
    ['env FOO=1 touch x', /another program/],
    ['timeout 9 touch x', /another program/],
    ['ssh host ls', /another program/],
    ['touch "$NAME"', /only known when it runs/],
    ['eval ls', /read to its end/],
    ['touch package.json', /asks each time/],
    ['cat .env', /asks each time/],
    ['yes | touch x', /only known when it runs/],
    ['docker run x', /another program/],
  ];
  it.each(NEVER)('is not offered for %s', async (script, why) => {
    const server = await startServer([run(script), DONE], { '.env': 'KEY=1\n' });
    const client = await server.login();
    await ask(client);
    const open = await waiting(client);
    expect(open.answers).not.toContain('allow-rule');
    expect(await preview(client, open)).toEqual({ kind: 'none', why: expect.stringMatching(why) });
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const words = script.split(' ').map((text) => ({ kind: 'word' as const, text }));
    const rule = {
      kind: 'command',
      words,
      program: 'machine',
      cwd: '.',
      network: 'none',
      lifts: ['runs'],
      pins: [],
    } as const;
    expect(
      (await take(client, open, { rule: { ...rule, words, lifts: ['runs'], pins: [] }, scope: 'workspace', until }))
        .status,
    ).toBe(422);
    await client.post(`/api/approvals/${open.id}`, { digest: open.digest, answer: 'stop' });
  });
});
