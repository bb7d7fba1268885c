/** Attacks on terminals: whose socket it is, what may go through it, and what may not come of what is printed or held. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newTerminalId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { PendingApproval } from '../../shared/api.ts';
import { pending, startServer, type Client } from '../fixtures/server.ts';
import {
  closeTerminal,
  CONFINED,
  join,
  listTerminals,
  openTerminal,
  socketTo,
  stateOf,
  ticketFor,
} from '../fixtures/terminal.ts';

const server = (trusted = true) => startServer([{ text: 'ok' }], { 'a.txt': 'a\n' }, trusted);

async function shell() {
  const running = await server();
  const client = await running.login();
  const id = await openTerminal(client);
  return { server: running, client, id };
}

/** 101 where the socket was opened, else the status of the refusal. */
async function knock(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

const raw = (origin: string, id: string, options: { protocols?: string[]; headers?: Record<string, string> }) =>
  new WebSocket(`${origin.replace('http', 'ws')}/api/terminals/${id}/socket`, options.protocols ?? [], {
    headers: options.headers ?? {},
  });

describe('the door of a socket (J2, J3)', () => {
  it('opens for a ticket, once', async () => {
    const {
      server: { origin },
      client,
      id,
    } = await shell();
    const ticket = await ticketFor(client, id);
    const first = socketTo(origin, id, { ticket });
    expect(await knock(first)).toBe(101);
    expect(first.protocol).toBe('vtcode.terminal.1');
    expect(await knock(socketTo(origin, id, { ticket }))).toBe(401);
  });

  it('stays shut to a page of another origin, and the ticket is not used up by it', async () => {
    const {
      server: { origin },
      client,
      id,
    } = await shell();
    const ticket = await ticketFor(client, id);
    const foreign = [
      'http://evil.example',
      'null',
      origin.replace('127.0.0.1', 'localhost'),
      `${origin}0`,
      `${origin}/`,
    ];
    for (const from of foreign) expect(await knock(socketTo(origin, id, { ticket, from }))).toBe(403);
    const protocols = ['vtcode.terminal.1', `ticket.${ticket}`];
    expect(await knock(raw(origin, id, { protocols }))).toBe(403);
    expect(await knock(raw(origin, id, { protocols, headers: { Origin: origin, Host: 'evil.example' } }))).toBe(403);
    expect(await knock(socketTo(origin, id, { ticket }))).toBe(101);
  });

  it('stays shut to a ticket of another terminal, of a made-up one, and to two at once', async () => {
    const {
      server: { origin },
      client,
      id,
    } = await shell();
    const other = await openTerminal(client, 'other');
    const ticket = await ticketFor(client, other);
    expect(await knock(socketTo(origin, id, { ticket }))).toBe(401);
    expect(await knock(socketTo(origin, other, { ticket })), 'used up by the wrong door').toBe(401);
    expect(await knock(socketTo(origin, id, { ticket: 'x'.repeat(43) }))).toBe(401);
    const two = ['vtcode.terminal.1', `ticket.${await ticketFor(client, id)}`, `ticket.${await ticketFor(client, id)}`];
    expect(await knock(raw(origin, id, { protocols: two, headers: { Origin: origin } }))).toBe(401);
    expect((await client.send('POST', `/api/terminals/${newTerminalId()}/ticket`, {})).status).toBe(404);
    expect((await client.send('POST', '/api/terminals/ses_x/ticket', {})).status).toBe(404);
  });

  it('takes no token in the place of a ticket, and no ticket from the address', async () => {
    const {
      server: { origin },
      client,
      id,
    } = await shell();
    const headers = { Origin: origin, Authorization: `Bearer ${client.token}` };
    expect(await knock(raw(origin, id, { protocols: ['vtcode.terminal.1'], headers }))).toBe(404);
    const ticket = await ticketFor(client, id);
    const inAddress = new WebSocket(`${origin.replace('http', 'ws')}/api/terminals/${id}/socket?ticket=${ticket}`, [], {
      headers: { Origin: origin },
    });
    expect(await knock(inAddress)).toBe(401);
    const both = new WebSocket(
      `${origin.replace('http', 'ws')}/api/terminals/${id}/socket?x=1`,
      ['vtcode.terminal.1', `ticket.${ticket}`],
      { headers: { Origin: origin } },
    );
    expect(await knock(both)).toBe(401);
  });

  it('shuts when its login ends, and its tickets are worth nothing then', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    const ticket = await ticketFor(client, id);
    await client.post('/api/logout');
    expect(await page.closed).toMatchObject({ code: 4002 });
    expect(await knock(socketTo(running.origin, id, { ticket }))).toBe(401);
    const other = await running.login();
    expect(await stateOf(other, id)).toEqual({ state: 'running' });
  });

  it('gives a login only so many tickets, and keeps none of them in the record', async () => {
    const { server: running, client, id } = await shell();
    const tickets = await Promise.all(
      Array.from({ length: LIMITS.terminalTicketRate.value }, () => ticketFor(client, id)),
    );
    expect((await client.send('POST', `/api/terminals/${id}/ticket`, {})).status).toBe(429);
    const { body } = await client.send('GET', '/api/terminals');
    expect(JSON.stringify(body)).not.toContain(tickets.at(-1));
    const database = readFileSync(path(running.root, '../state/work/vtcode.db')).toString('latin1');
    expect(tickets.filter((ticket) => database.includes(ticket))).toEqual([]);
    expect(await knock(socketTo(running.origin, id, { ticket: tickets[0]! })), 'the oldest gave way').toBe(401);
    expect(await knock(socketTo(running.origin, id, { ticket: tickets.at(-1)! }))).toBe(101);
  });
});

describe('what comes up through a socket (J4)', () => {
  const BAD: [string, (socket: WebSocket) => void][] = [
    ['a size of nothing', (socket) => socket.send('{"type":"size","columns":0,"rows":24}')],
    ['a size below nothing', (socket) => socket.send('{"type":"size","columns":80,"rows":-1}')],
    ['a size beyond all screens', (socket) => socket.send('{"type":"size","columns":1000000000,"rows":24}')],
    ['half a column', (socket) => socket.send('{"type":"size","columns":80.5,"rows":24}')],
    ['more drawn than was sent', (socket) => socket.send('{"type":"drawn","bytes":1000000000}')],
    ['less than nothing drawn', (socket) => socket.send('{"type":"drawn","bytes":-5}')],
    ['no JSON', (socket) => socket.send('ls\r')],
    ['another message', (socket) => socket.send('{"type":"eval"}')],
  ];
  it.each(BAD)('%s ends the socket and not the terminal', async (_what, send) => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    send(page.socket);
    expect(await page.closed).toMatchObject({ code: 1008 });
    expect(await stateOf(client, id)).toEqual({ state: 'running' });
  });

  it('a frame that is too large ends the socket before it is read whole', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    page.socket.send(Buffer.alloc(LIMITS.terminalFrameBytes.value + 1, 'a'));
    expect(await page.closed).toMatchObject({ code: 1009 });
    const other = await join(running, client, id);
    await other.shows(/[$#] ?$/);
    expect(other.text()).not.toContain('aaa');
  });

  it('more pages than may are turned away, and the terminal goes on', async () => {
    const { server: running, client, id } = await shell();
    const pages = await Promise.all(
      Array.from({ length: LIMITS.terminalViewers.value }, () => join(running, client, id)),
    );
    const late = await join(running, client, id);
    expect(await late.closed).toMatchObject({ code: 4001 });
    pages[0]!.type('echo still here\r');
    await pages.at(-1)!.shows(/\nstill here/);
  });

  it('a paste that no program takes is bounded, told, and spins nothing', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    page.type('stty -icanon; sleep 1000\r');
    await page.shows(/sleep 1000/);
    for (let i = 0; i < 20; i++) page.socket.send(Buffer.alloc(LIMITS.terminalFrameBytes.value, 'x\n'));
    await expect.poll(() => page.told.at(-1)?.type, { timeout: 10_000 }).toBe('full');
    const before = process.cpuUsage();
    const begun = performance.now();
    await expect.poll(() => performance.now() - begun, { timeout: 5_000 }).toBeGreaterThan(1_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000, 'milliseconds of work in a second of waiting').toBeLessThan(500);
  });
});

describe('what a terminal prints (J1)', () => {
  it('cannot be made to type by what was printed before: a replay asks nothing, and nothing is answered twice', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    const asks = [
      '[c',
      '[>c',
      '[=c',
      '[5n',
      '[6n',
      '[?6n',
      '[21t',
      '[18t',
      '[>q',
      '[?1$p',
      ']10;?\\007',
      ']52;c;?\\007',
      'P$qm\\033\\\\',
    ];
    const marks = asks.map((ask) => `\\033${ask}`).join('');
    page.type(`stty -echo; printf '${marks}\\033]0;evil\\007\\033]52;c;ZXZpbA==\\007\\033[?1004h'; echo shown\r`);
    await page.shows(/\nshown/);
    const later = await join(running, client, id);
    await later.shows(/\nshown/);
    const replay = later.bytes();
    for (const ask of ['\x1b[c', '\x1b[>c', '\x1b[5n', '\x1b[6n', '\x1b]', '\x1bP', '\x1b[21t', '\x1b[?1$p'])
      expect(replay.includes(ask), JSON.stringify(ask)).toBe(false);
    expect(later.told).toContainEqual({ type: 'title', text: 'evil' });
  });

  it('never comes back as what somebody typed: no answer carries words of a program', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    writeFileSync(path(running.root, 'ask.sh'), ASKING);
    page.type('bash ask.sh\r');
    await page.shows(/\nanswers:.*:end/s);
    expect(/answers:(.*):end/s.exec(page.text())![1]).toBe('033[0n');
  });

  it('is told from what holds it: a flood waits in the shell, memory stays flat, and Ctrl+C still works', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    const hanging = await join(running, client, id);
    hanging.stall();
    await page.shows(/[$#] ?$/);
    const before = process.memoryUsage().rss;
    page.type('yes 0123456789012345678901234567890123456789012345678901234567890123456789\r');
    await expect.poll(() => page.bytes().length, { timeout: 30_000 }).toBeGreaterThan(20 * 2 ** 20);
    expect(hanging.bytes().length).toBeLessThan(4 * 2 ** 20);
    page.type('\x03');
    page.type("echo 'stopped''now'\r");
    await page.shows(/\nstoppednow/);
    // The test's own page keeps what it was sent, in buffers that are counted with the rest.
    expect(process.memoryUsage().rss - before - page.bytes().length * 2).toBeLessThan(250 * 2 ** 20);
  });
});

/** Sets a title and asks for it, for a setting and for a colour; last, that the terminal says it is well. Then shows what it was told. */
const ASKING = `stty -echo -icanon min 0 time 10
printf '\\033]0;rm -rf x\\007\\033[21t\\033[20t\\033P$qrm -rf x\\033\\\\\\033]4;1;?\\007\\033]10;?\\007\\033[5n'
answers=$(od -An -c | tr -d ' \\n')
stty sane
echo "answers:$answers:end"
`;

describe('who may open one', () => {
  it('is refused in a workspace that is not trusted, with the reason', async () => {
    const running = await server(false);
    const client = await running.login();
    for (const place of [CONFINED, { kind: 'host' }]) {
      const { status, body } = await client.post('/api/terminals', { name: 'one', place });
      expect(status).toBe(403);
      expect(JSON.stringify(body)).toContain('not trusted');
    }
    expect(await listTerminals(client)).toMatchObject({
      terminals: [],
      sandbox: { offered: false },
      host: { offered: false },
    });
  });

  it('opens none on the host without an answer to that very request', async () => {
    const { server: running, client } = await shell();
    const id = await openTerminal(client, 'mine', { kind: 'host' });
    const [request] = await pending(client);
    expect(request).toMatchObject({ session: null, turn: null, answers: ['allow-once', 'deny'] });
    expect(request!.action).toMatchObject({ kind: 'terminal', tool: 'host_terminal', id });
    expect(await stateOf(client, id)).toEqual({ state: 'asked', approval: request!.id });
    expect((await client.send('POST', `/api/terminals/${id}/ticket`, {})).status).toBe(404);
    expect((await answer(client, request!, { answer: 'allow-session' })).status).toBe(422);
    expect((await answer(client, request!, { answer: 'allow-once', digest: 'f'.repeat(64) })).status).toBe(409);
    expect(await stateOf(client, id)).toMatchObject({ state: 'asked' });
    expect((await answer(client, request!, { answer: 'allow-once' })).status).toBe(202);
    await expect.poll(() => stateOf(client, id)).toEqual({ state: 'running' });
    const page = await join(running, client, id);
    page.type('echo host:$VTCODE_SANDBOX.; ls -l /proc/$$/fd | grep -c "ptmx\\|socket\\|\\.db"\r');
    await page.shows(/\nhost:\.\n0\n/);
    const second = await openTerminal(client, 'again', { kind: 'host' });
    expect(await stateOf(client, second), 'each time').toMatchObject({ state: 'asked' });
  });

  it('takes a no, and what is taken back, for an answer', async () => {
    const { client } = await shell();
    const id = await openTerminal(client, 'mine', { kind: 'host' });
    const [request] = await pending(client);
    await answer(client, request!, { answer: 'deny' });
    await expect.poll(() => stateOf(client, id)).toMatchObject({ state: 'refused' });
    expect(await closeTerminal(client, id)).toBe(200);
    const other = await openTerminal(client, 'mine', { kind: 'host' });
    expect(await closeTerminal(client, other)).toBe(200);
    await expect.poll(() => pending(client)).toEqual([]);
    expect((await listTerminals(client)).terminals.map(({ name }) => name)).toEqual(['one']);
  });

  it('opens none on the host where the settings say no', async () => {
    const running = await server();
    writeFileSync(path(running.root, '../config/config.toml'), '[tools.policies]\nhost_terminal = "deny"\n');
    const client = await running.login();
    await expect.poll(async () => (await listTerminals(client)).host.offered).toBe(false);
    expect((await client.post('/api/terminals', { name: 'x', place: { kind: 'host' } })).status).toBe(403);
    expect((await client.post('/api/terminals', { name: 'x', place: CONFINED })).status).toBe(202);
  });

  it('opens only so many, and one command opens one', async () => {
    const { client } = await shell();
    const commandId = randomUUID();
    const same = { commandId, name: 'twice', place: CONFINED };
    const ids = await Promise.all([
      client.send('POST', '/api/terminals', same),
      client.send('POST', '/api/terminals', same),
    ]);
    expect(ids[0]!.body).toEqual(ids[1]!.body);
    const more = Array.from({ length: LIMITS.terminals.value }, (_, i) =>
      client.post('/api/terminals', { name: `n${i}`, place: CONFINED }),
    );
    const statuses = (await Promise.all(more)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await listTerminals(client)).terminals).toHaveLength(LIMITS.terminals.value);
  });
});

describe('the end', () => {
  it('comes for everything with the server, and the record has no byte of what was typed or printed', async () => {
    const { server: running, client, id } = await shell();
    const host = await openTerminal(client, 'mine', { kind: 'host' });
    const [request] = await pending(client);
    await answer(client, request!, { answer: 'allow-once' });
    await expect.poll(() => stateOf(client, host)).toEqual({ state: 'running' });
    for (const one of [id, host]) {
      const page = await join(running, client, one);
      page.type('sleep 98765 & echo typed-secret; echo started\r');
      await page.shows(/\nstarted/);
    }
    expect(sleepers()).toHaveLength(2);
    await running.running.close();
    expect(sleepers()).toEqual([]);
    const database = readFileSync(path(running.root, '../state/work/vtcode.db')).toString('latin1');
    expect(database).toContain('terminal.closed');
    expect(database).not.toContain('typed-secret');
  });

  it('comes for the tree of one that is closed, and its pages are shut', async () => {
    const { server: running, client, id } = await shell();
    const page = await join(running, client, id);
    page.type('trap "" HUP TERM; (trap "" HUP TERM; exec sleep 98764) & echo set\r');
    await page.shows(/\nset/);
    const closing = closeTerminal(client, id);
    expect(await closing).toBe(200);
    expect(await page.closed).toMatchObject({ code: 1000 });
    expect(sleepers()).toEqual([]);
  });
});

function answer(client: Client, { id, digest }: PendingApproval, given: object) {
  return client.post(`/api/approvals/${id}`, { digest, ...given });
}

/** Processes of these tests that should be gone, by their command lines. */
function sleepers(): string[] {
  return readProcesses().filter((line) => {
    const [program, time = ''] = line.split('\0');
    return program === 'sleep' && time.startsWith('987');
  });
}

function readProcesses(): string[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [commandLine(name)] : []));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
