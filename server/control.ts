/** The control socket: how the person's own commands speak with the server that runs on a workspace. One line asks, one answers. */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rmdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { LIMITS } from '../shared/limits.ts';
import { Fault } from './base/fault.ts';
import type { Logger } from './base/log.ts';

/** Gets the whole request; answers plain data. A Fault it throws reaches the command that asked. */
export type ControlHandler = (request: Readonly<Record<string, unknown>>) => unknown;

interface Place {
  stateDir: string;
  /** `XDG_RUNTIME_DIR`, for a state directory whose path is too long for a socket. */
  runtimeDir: string | null;
}

export interface ControlOptions extends Place {
  /** By the `op` of a request. */
  handlers: Readonly<Record<string, ControlHandler>>;
  logger: Logger;
}

export interface ControlServer {
  /** Where it listens; for `announce` of the lock. */
  path: string;
  close(): Promise<void>;
}

const Request = z.looseObject({ op: z.string().max(64) });
const Reply = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) }),
]);
type Reply = z.infer<typeof Reply>;

/** Call it while the lock of the workspace is held: a socket that is there is then left by a server that is gone. */
export async function openControl(options: ControlOptions): Promise<ControlServer> {
  const path = await socketPath(options.stateDir, options.runtimeDir);
  await removeStale(path);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    void serveOne(socket, options);
  });
  server.maxConnections = LIMITS.controlConnections.value;
  await listening(server, path);
  // The directory is closed to others already; the socket itself is too.
  await chmod(path, 0o600);
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Sends one request to the server at `path` and answers its result. Throws a Fault: the server's own, or that none runs. */
export async function askControl(path: string, request: { op: string } & Record<string, unknown>): Promise<unknown> {
  const socket = connect(path);
  socket.setTimeout(LIMITS.controlMs.value, () => socket.destroy(new Error('it does not answer')));
  try {
    const line = readLine(socket);
    socket.write(`${JSON.stringify(request)}\n`);
    const reply = Reply.parse(JSON.parse(await line));
    if (reply.ok) return reply.result;
    throw new Fault({ status: 409, ...reply.error });
  } catch (error) {
    throw error instanceof Fault ? error : unreachable(error);
  } finally {
    socket.destroy();
  }
}

export const noServer = (): Fault =>
  new Fault({
    status: 404,
    code: 'no_server',
    message: 'No server runs on this workspace.',
    hint: 'Start one: vtcode serve. Or name another workspace: vtcode link DIR',
  });

function unreachable(error: unknown): Fault {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return noServer();
  const why = error instanceof Error ? error.message : String(error);
  return new Fault({
    status: 503,
    code: 'control_failed',
    message: `The server on this workspace cannot be asked: ${why}.`,
    hint: 'If it hangs, end it where it runs and start it again.',
  });
}

async function serveOne(socket: Socket, options: ControlOptions): Promise<void> {
  socket.setTimeout(LIMITS.controlMs.value, () => socket.destroy());
  let reply: Reply;
  try {
    reply = { ok: true, result: await answer(await readLine(socket), options) };
  } catch (error) {
    if (!(error instanceof Fault)) options.logger.warn('control.failed', { error });
    const { code, message, hint } = error instanceof Fault ? error : notUnderstood;
    reply = { ok: false, error: { code, message, hint } };
  }
  if (!socket.destroyed) socket.end(`${JSON.stringify(reply)}\n`);
}

const notUnderstood = new Fault({
  status: 400,
  code: 'control_failed',
  message: 'The request was not understood or failed.',
  hint: 'The log of the server says more. Is the command of the same version as the server?',
});

const unknownOp = new Fault({
  status: 400,
  code: 'unknown_op',
  message: 'The server does not know this request.',
  hint: 'Is the command of the same version as the server? Start the server again.',
});

async function answer(line: string, options: ControlOptions): Promise<unknown> {
  const request = Request.parse(JSON.parse(line));
  const handler = Object.hasOwn(options.handlers, request.op) ? options.handlers[request.op] : undefined;
  if (!handler) throw unknownOp;
  return (await handler(request)) ?? null;
}

/** The first line, at most `LIMITS.controlBytes`. The socket's errors, its time-out among them, reject it. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
    socket.on('end', () => reject(new Error('the line was cut')));
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(10);
      size += end < 0 ? chunk.length : end;
      if (size > LIMITS.controlBytes.value) return socket.destroy(new Error('the line is too long'));
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end >= 0) resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, with a NUL (unix(4), unix(7)). */
const LONGEST_PATH = 100;

async function socketPath(stateDir: string, runtimeDir: string | null): Promise<string> {
  if (fitsInside(stateDir)) return usualPath(stateDir);
  const name = shortName(stateDir);
  if (runtimeDir !== null && isAbsolute(runtimeDir) && Buffer.byteLength(join(runtimeDir, name)) <= LONGEST_PATH) {
    if (await isOursAlone(runtimeDir)) return join(runtimeDir, name);
  }
  const own = ownDir();
  await mkdir(own, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (await isOursAlone(own)) return join(own, name);
  throw new Fault({
    status: 403,
    code: 'control_unsafe',
    message: `${own} was made by somebody else, or is open to others: no control socket is put there.`,
    hint: 'Set VTCODE_STATE_DIR to a shorter path, so that the socket fits in it.',
  });
}

const usualPath = (stateDir: string) => join(stateDir, 'control.sock');
const fitsInside = (stateDir: string) => Buffer.byteLength(usualPath(stateDir)) <= LONGEST_PATH;

const shortName = (stateDir: string) =>
  `vtcode-${createHash('sha256').update(stateDir).digest('hex').slice(0, 16)}.sock`;

/** For sockets, where there is no runtime directory to put them in. */
const ownDir = () => join(tmpdir(), `vtcode-${process.getuid?.() ?? 'own'}`);

/**
 * Sockets of this workspace outside its state directory, as a server leaves them that is killed. None is in use while the lock
 * of the workspace is held.
 */
export async function leftSockets({ stateDir, runtimeDir }: Place): Promise<string[]> {
  if (fitsInside(stateDir)) return [];
  const dirs = runtimeDir !== null && isAbsolute(runtimeDir) ? [runtimeDir, ownDir()] : [ownDir()];
  const paths = dirs.map((dir) => join(dir, shortName(stateDir)));
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => null)));
  return paths.filter((_, i) => found[i]?.isSocket());
}

/** Removes them, and the folder that was made for them when nothing else is in it. */
export async function removeSockets(place: Place): Promise<void> {
  for (const path of await leftSockets(place)) await unlink(path);
  if (fitsInside(place.stateDir) || !(await isOursAlone(ownDir()))) return;
  await rmdir(ownDir()).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error;
  });
}

async function isOursAlone(dir: string): Promise<boolean> {
  const found = await lstat(dir).catch(() => null);
  if (!found?.isDirectory()) return false;
  return found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0;
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (found.isSocket()) return unlink(path);
  throw new Fault({
    status: 403,
    code: 'control_unsafe',
    message: `${path} is not a socket, and is expected to be one or nothing.`,
    hint: 'Look at what it is, and take it away.',
  });
}
