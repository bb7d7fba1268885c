/** The network of commands and terminals through the whole server: the real sandbox, relay, proxy and gate, a person who answers, the record. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { ask, eventsOf, pending, startServer, type Client } from '../fixtures/server.ts';
import { closeTerminal, join, openTerminal, stateOf } from '../fixtures/terminal.ts';
import { listener, outside, PUBLIC, web } from '../fixtures/outside.ts';

/** Fetches each address through the proxy of its surroundings, and says what came. */
const GET = `
import { request } from 'node:http';
const { hostname, port } = new URL(process.env.http_proxy);
for (const url of process.argv.slice(2)) {
  const said = await new Promise((resolve) => {
    const going = request({ hostname, port, path: url, headers: { Host: new URL(url).host } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve(answer.statusCode + ' ' + text.trim()));
    });
    going.on('error', (error) => resolve(error.code));
    going.end();
  });
  console.log(said);
}
`;

const CONFIG = '[sandbox]\nnetwork = "proxy"\nhosts = ["listed.test"]\n';
/** Bytes into a tunnel, before it is known whether it stands. */
const tunnel = (host: string) =>
  `exec {fd}<>/dev/tcp/127.0.0.1/61080; printf 'CONNECT ${host} HTTP/1.1\\r\\nHost: ${host}\\r\\n\\r\\nhello' >&$fd`;
const runs = (command: string, more = {}) => ({ calls: [{ name: 'run_command', args: { command, ...more } }] });

async function house(turns: unknown[], config = CONFIG) {
  const net = outside();
  for (const name of ['listed.test', 'other.test', 'third.test']) net.name(name, [PUBLIC]);
  net.name('rebound.test', ['127.0.0.1']);
  await net.serve(`${PUBLIC}:80`, web((request, response) => void response.end(`hello from ${request.headers.host}`))); // prettier-ignore
  const server = await startServer(turns, { 'get.mjs': GET }, true, { config, network: net });
  const client = await server.login();
  return { net, server, client };
}

const next = (client: Client, host: string) =>
  vi.waitFor(
    async () => {
      const found = (await pending(client)).find(({ action }) => action.kind === 'connect' && action.host === host);
      expect(found).toBeDefined();
      return found!;
    },
    { timeout: 15_000 },
  );

async function allowCommand(client: Client) {
  const [request] = await vi.waitFor(async () => {
    const all = (await pending(client)).filter(({ action }) => action.kind === 'command');
    expect(all).toHaveLength(1);
    return all;
  });
  await client.post(`/api/approvals/${request!.id}`, { answer: 'allow-once', digest: request!.digest });
  return request!;
}

const answer = (client: Client, { id, digest }: { id: string; digest: string }, kind: string) =>
  client.post(`/api/approvals/${id}`, { answer: kind, digest });

const rested = (client: Client, session: string, count = 1) =>
  vi.waitFor(
    async () => {
      const ended = (await eventsOf(client, session)).filter(({ type }) => type === 'turn.completed');
      expect(ended).toHaveLength(count);
    },
    { timeout: 15_000 },
  );

const dataOf = async (client: Client, session: string, type: string) =>
  (await eventsOf(client, session)).filter((event) => event.type === type).map(({ data }) => data);

describe('a command with named hosts', () => {
  it('reaches those of the settings unasked, asks for others, and each request is in the record', async () => {
    const get =
      'node get.mjs http://listed.test/a?key=secret http://other.test/ http://third.test/ http://rebound.test/';
    const { client, net } = await house([runs(get), { text: 'Done.' }], CONFIG.replace('"]', '", "rebound.test"]'));
    const session = await ask(client);
    const command = await allowCommand(client);
    expect(command.action).toMatchObject({ network: { mode: 'proxy', hosts: ['listed.test', 'rebound.test'] } });
    const other = await next(client, 'other.test');
    expect(other).toMatchObject({
      action: { kind: 'connect', host: 'other.test', port: 80, method: 'GET', command: { title: get } },
      answers: ['allow-once', 'allow-session', 'allow-rule', 'deny'],
      verdict: { decision: 'prompt', reasons: [{ rule: 'network.new-host' }] },
    });
    expect(net.resolved).toEqual(['listed.test']);
    await answer(client, other, 'allow-once');
    await answer(client, await next(client, 'third.test'), 'deny');
    await rested(client, session);

    const [told] = await dataOf(client, session, 'tool.answered');
    const { content } = told as { content: string };
    expect(content).toMatch(
      /200 hello from listed\.test\n200 hello from other\.test\n403 .*third\.test:80 is not reached.*\n403 .*loopback/,
    );
    expect(content).toContain('[network] third.test:80 was not reached');
    const requested = await dataOf(client, session, 'network.requested');
    expect(requested).toMatchObject([
      { host: 'listed.test', decision: 'allow', rule: 'user/sandbox.hosts.0', method: 'GET', address: PUBLIC },
      { host: 'other.test', decision: 'allow', rule: 'approval', address: PUBLIC },
      { host: 'third.test', decision: 'deny', rule: 'approval', address: '' },
      { host: 'rebound.test', decision: 'deny', rule: 'address.closed', address: '127.0.0.1' },
    ]);
    expect(await dataOf(client, session, 'network.ended')).toHaveLength(2);
    const [started] = await dataOf(client, session, 'command.started');
    expect(requested[0]!['actionId']).toBe(started!['actionId']);
    expect(JSON.stringify([requested, await dataOf(client, session, 'network.ended')])).not.toContain('secret');
  });

  it('asks not again for a host that was allowed for the session, until words of another one came in', async () => {
    const get = (...hosts: string[]) => runs(`node get.mjs ${hosts.map((host) => `http://${host}/`).join(' ')}`);
    const steps = [
      get('other.test'),
      get('other.test'),
      get('third.test', 'other.test'),
      get('other.test', 'listed.test'),
    ];
    const { client } = await house([...steps, { text: 'Done.' }]);
    const session = await ask(client);
    await allowCommand(client);
    await answer(client, await next(client, 'other.test'), 'allow-session');
    await allowCommand(client);
    await allowCommand(client);
    await answer(client, await next(client, 'third.test'), 'allow-once');
    await allowCommand(client);
    for (const host of ['other.test', 'listed.test']) {
      const again = await next(client, host);
      expect(again.answers).toEqual(['allow-once', 'deny']);
      expect(again.verdict.reasons[0]!.rule).toBe('taint.context');
      expect(again.verdict.reasons[0]!.why).toContain('third.test (reached ');
      await answer(client, again, 'allow-once');
    }
    await rested(client, session);
    const rules = (await dataOf(client, session, 'network.requested')).map(({ rule }) => rule);
    const granted = 'grant.session';
    expect(rules).toEqual(['approval', granted, 'approval', granted, 'approval', 'approval']);
    expect(await dataOf(client, session, 'context.tainted')).toMatchObject([{ source: 'network', what: 'third.test' }]);
  });

  it('that is stopped withdraws what it asked for, and its connections are cut', async () => {
    const script = `${tunnel('listed.test:22')}; ${tunnel('other.test:443')}; sleep 60`;
    const { client, net } = await house([runs(script)], CONFIG.replace('"listed.test"', '"listed.test:22"'));
    const heard = listener();
    await net.serve(`${PUBLIC}:22`, heard.server);
    const session = await ask(client);
    await allowCommand(client);
    const other = await next(client, 'other.test');
    await vi.waitFor(() => expect(heard.bytes()).toBe(5));
    await client.post(`/api/sessions/${session}/abort`);
    await vi.waitFor(async () => expect(await dataOf(client, session, 'command.finished')).toHaveLength(1));
    expect(await pending(client)).toEqual([]);
    expect(await answer(client, other, 'allow-once')).toMatchObject({ status: 410 });
    const [expired] = await dataOf(client, session, 'approval.expired');
    expect(expired).toMatchObject({ why: 'stop', message: expect.stringContaining('The command ended') as string });
    expect(await dataOf(client, session, 'network.ended')).toMatchObject([{ bytesUp: 5 }]);
  });

  it('in the background asks as well, after its turn', async () => {
    const script = 'node get.mjs http://other.test/ > got';
    const { client, server } = await house([runs(script, { background: true }), { text: 'It runs.' }]);
    const session = await ask(client);
    await allowCommand(client);
    const other = await next(client, 'other.test');
    await rested(client, session);
    await answer(client, other, 'allow-once');
    await vi.waitFor(async () => expect(await dataOf(client, session, 'command.finished')).toHaveLength(1));
    expect(readFileSync(`${server.root}/got`, 'utf8')).toBe('200 hello from other.test\n');
  });
});

const PROXY = { kind: 'sandbox', git: 'readonly', network: 'proxy' } as const;

/** What is recorded of the person's own, which is of no session; the oldest first. */
async function recorded(client: Client, type: string): Promise<Record<string, unknown>[]> {
  const { body } = await client.send('GET', '/api/audit?after=0');
  const { rows } = body as { rows: { seq: number; type: string; chain: string }[] };
  const own = rows.filter((row) => row.type === type && row.chain === 'workspace');
  return Promise.all(
    own.map(async ({ seq }) => {
      const { body: found } = await client.send('GET', `/api/audit/event?seq=${seq}`);
      return (found as { event: { data: Record<string, unknown> } }).event.data;
    }),
  );
}

describe('a terminal with named hosts', () => {
  it('reaches those of the settings unasked; its person is asked for others, once each, and all is in the record', async () => {
    const { client, server, net } = await house([{ text: 'ok' }]);
    const id = await openTerminal(client, 'mine', PROXY);
    const page = await join(server, client, id);
    await page.shows(/[$#] ?$/);
    page.type('node get.mjs http://listed.test/a?key=secret http://rebound.test/ http://other.test/ http://third.test/; echo all-$?\r'); // prettier-ignore
    await answer(client, await next(client, 'rebound.test'), 'allow-once');
    const other = await next(client, 'other.test');
    expect(other).toMatchObject({
      session: null,
      action: { kind: 'connect', tool: 'terminal_connect', port: 80, command: { title: 'mine' } },
      answers: ['allow-once', 'deny'],
      verdict: { decision: 'prompt', reasons: [{ rule: 'network.new-host' }] },
    });
    expect(net.resolved).toEqual(['listed.test', 'rebound.test']);
    await answer(client, other, 'allow-once');
    await answer(client, await next(client, 'third.test'), 'deny');
    await page.shows(/all-0/);
    expect(page.text()).toMatch(
      /200 hello from listed\.test\n403 .*rebound.*\n?.*\n200 hello from other\.test\n403 .*third/s,
    );

    page.type('clear; node get.mjs http://other.test/ http://third.test/; echo again-$?\r');
    await page.shows(/200 hello from other\.test\n403 .*third.*again-0/s);
    const requested = await recorded(client, 'network.requested');
    expect(requested.map(({ host, decision, rule, address }) => [host, decision, rule, address])).toEqual([
      ['listed.test', 'allow', 'user/sandbox.hosts.0', PUBLIC],
      ['rebound.test', 'deny', 'address.closed', '127.0.0.1'],
      ['other.test', 'allow', 'approval', PUBLIC],
      ['third.test', 'deny', 'approval', ''],
      ['other.test', 'allow', 'approval', PUBLIC],
      ['third.test', 'deny', 'approval', ''],
    ]);
    expect(JSON.stringify(requested)).not.toContain('secret');
    const [opened] = await recorded(client, 'terminal.opened');
    expect(opened).toMatchObject({ confinement: { network: 'proxy' } });
    expect(new Set(requested.map(({ actionId }) => actionId))).toEqual(new Set([opened!['actionId']]));
  });

  it('that is closed withdraws what it asked for, and its connections are cut', async () => {
    const { client, server, net } = await house([{ text: 'ok' }], CONFIG.replace('"listed.test"', '"listed.test:22"'));
    const heard = listener();
    await net.serve(`${PUBLIC}:22`, heard.server);
    const id = await openTerminal(client, 'mine', PROXY);
    const page = await join(server, client, id);
    await page.shows(/[$#] ?$/);
    page.type(`${tunnel('listed.test:22')}; ${tunnel('other.test:443')}\r`);
    const other = await next(client, 'other.test');
    await vi.waitFor(() => expect(heard.bytes()).toBe(5));
    expect(await closeTerminal(client, id)).toBe(200);
    expect(await pending(client)).toEqual([]);
    expect(await answer(client, other, 'allow-once')).toMatchObject({ status: 410 });
    const words = expect.stringContaining('The terminal ended') as string;
    expect(await recorded(client, 'approval.expired')).toMatchObject([{ why: 'stop', message: words }]);
    expect(await recorded(client, 'network.ended')).toMatchObject([{ bytesUp: 5 }]);
    const again = await openTerminal(client, 'mine', PROXY);
    expect(await stateOf(client, again)).toEqual({ state: 'running' });
  });

  it('answers no other terminal and no command: what one may reach, another is asked for', async () => {
    const { client, server } = await house([runs('node get.mjs http://other.test/'), { text: 'Done.' }]);
    const get = 'node get.mjs http://other.test/; echo got-$?\r';
    for (const name of ['one', 'two']) {
      const page = await join(server, client, await openTerminal(client, name, PROXY));
      await page.shows(/[$#] ?$/);
      page.type(get);
      const asked = await next(client, 'other.test');
      expect(asked.action).toMatchObject({ command: { title: name } });
      await answer(client, asked, 'allow-once');
      await page.shows(/200 hello.*got-0/s);
    }
    const session = await ask(client);
    await allowCommand(client);
    const asked = await next(client, 'other.test');
    expect(asked).toMatchObject({ session, action: { tool: 'connect' } });
    await answer(client, asked, 'deny');
    await rested(client, session);
  });
});

describe('the network of the machine', () => {
  it('is asked for by every command, though the settings name it and whatever was allowed before', async () => {
    const host = '[sandbox]\nnetwork = "host"\n[tools.policies]\nrun_command = "allow"\n';
    const { client } = await house([runs('true'), { text: 'Done.' }], host);
    const session = await ask(client);
    const request = await allowCommand(client);
    expect(request).toMatchObject({
      action: { network: { mode: 'host', hosts: [] } },
      verdict: { decision: 'prompt', reasons: [{ rule: 'command.network' }, { decision: 'allow' }] },
      answers: expect.not.arrayContaining(['allow-session', 'allow-rule']) as string[],
    });
    await rested(client, session);
    expect(await dataOf(client, session, 'command.started')).toMatchObject([{ network: 'host' }]);
  });
});
