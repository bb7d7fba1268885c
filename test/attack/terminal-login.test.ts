/** A terminal whose viewer has logged out: what it sends on is nobody's. */
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join as path } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startServer } from '../fixtures/server.ts';
import { join, openTerminal, socketTo, stateOf, ticketFor } from '../fixtures/terminal.ts';

const SOON = { timeout: 10_000 };

/** A binary frame as a client sends it (RFC 6455 §5.2), its mask all zeros. */
function masked(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x82, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

async function shell() {
  const running = await startServer([{ text: 'ok' }], { 'a.txt': 'a\n' }, true);
  const client = await running.login();
  const id = await openTerminal(client);
  return { server: running, client, id };
}

describe('a terminal', () => {
  it('obeys nothing of a client that goes on after its login ended, and cuts it off', async () => {
    const { server: running, client, id } = await shell();
    const socket = socketTo(running.origin, id, { ticket: await ticketFor(client, id) });
    await new Promise((resolve) => socket.once('open', resolve));
    // From here on its own hand writes the frames: it neither hears a close nor answers one.
    const wire = (socket as unknown as { _socket: Socket })._socket;
    const cut = new Promise((resolve) => wire.once('close', resolve));
    wire.removeAllListeners('data').on('data', () => undefined);
    const type = (text: string) => wire.write(masked(text));
    type('touch before\n');
    await vi.waitFor(() => expect(existsSync(path(running.root, 'before'))).toBe(true), SOON);
    await client.post('/api/logout');
    for (const name of ['one', 'two', 'three']) type(`touch ${name}\n`);
    await cut;
    const other = await running.login();
    expect(await stateOf(other, id)).toEqual({ state: 'running' });
    const page = await join(running, other, id);
    page.type('touch after\n');
    await vi.waitFor(() => expect(existsSync(path(running.root, 'after'))).toBe(true), SOON);
    expect(['one', 'two', 'three'].filter((name) => existsSync(path(running.root, name)))).toEqual([]);
  });
});
