/** The sockets of terminals: each came in by a ticket; bytes go down at the page's pace, and what comes up is parsed whole. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { TerminalId, type LoginId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { TERMINAL_PROTOCOL, TerminalUp, type TerminalDown } from '../../shared/terminal.ts';
import type { TerminalSeat, TerminalsPort, TerminalViewer } from './deps.ts';
import type { Login, Logins } from './login.ts';

/** Codes with which a socket is closed: RFC 6455, and our own from 4000 on. */
export const CLOSED = { invalid: 1008, over: 1000, full: 4001, login: 4002 } as const;

export interface TerminalSockets {
  /** Takes an upgrade that the guard let through. False: it is none of ours. */
  take(upgrade: {
    request: IncomingMessage;
    socket: Duplex;
    head: Buffer;
    login: Login;
    by: 'token' | 'ticket';
  }): boolean;
  close(): void;
}

export interface SocketsOptions {
  terminals: Pick<TerminalsPort, 'join'>;
  logins: Pick<Logins, 'onRevoked'>;
  heartbeatMs?: number;
}

interface Seated {
  whose: LoginId;
  leave(): void;
}

export function createTerminalSockets({ terminals, logins, heartbeatMs }: SocketsOptions): TerminalSockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // What repeats itself would compress well, and one who listens could tell from the lengths what was typed.
    perMessageDeflate: false,
    maxPayload: LIMITS.terminalFrameBytes.value,
    // The ticket beside it is not echoed.
    handleProtocols: (offered) => (offered.has(TERMINAL_PROTOCOL) ? TERMINAL_PROTOCOL : false),
  });
  const open = new Map<WebSocket, Seated>();
  /** From here on nothing is obeyed that it sends, whether or not it answers with a close of its own. */
  const end = (socket: WebSocket, code: number, why: string) => {
    open.get(socket)?.leave();
    socket.close(code, why);
    setTimeout(() => socket.terminate(), LIMITS.killGraceMs.value).unref();
  };
  const forget = logins.onRevoked((login) => {
    for (const [socket, { whose }] of open) if (whose === login) end(socket, CLOSED.login, 'logged out');
  });
  const alive = new WeakSet<WebSocket>();
  const beat = setInterval(() => {
    for (const socket of open.keys()) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, heartbeatMs ?? LIMITS.heartbeatMs.value).unref();

  return {
    take({ request, socket, head, login, by }) {
      const id = terminalOf(request.url ?? '');
      if (id === null || by !== 'ticket') return false;
      server.handleUpgrade(request, socket, head, (accepted) => {
        alive.add(accepted);
        accepted.on('pong', () => alive.add(accepted));
        // A frame that is too large, or none at all, closes it; the end is told by `close`.
        accepted.on('error', () => undefined).on('close', () => open.delete(accepted));
        const seat = terminals.join(
          id,
          viewerOf(accepted, () => end(accepted, CLOSED.over, 'the terminal was closed')),
        );
        if (seat === null) return end(accepted, CLOSED.full, 'no room, or no terminal');
        const leave = once(() => seat.leave());
        open.set(accepted, { whose: login.id, leave });
        accepted.on('close', leave);
        accepted.on('message', (data, isBinary) => {
          if (accepted.readyState !== accepted.OPEN || obey(seat, data, isBinary)) return;
          end(accepted, CLOSED.invalid, 'not a message of a terminal');
        });
      });
      return true;
    },
    close() {
      clearInterval(beat);
      forget();
      for (const socket of open.keys()) end(socket, CLOSED.over, 'the server stops');
    },
  };
}

/** `/api/terminals/ID/socket`, to the letter: the guard has bound the ticket to it. */
function terminalOf(target: string): TerminalId | null {
  const id = TerminalId.safeParse(/^\/api\/terminals\/([^/?]+)\/socket$/.exec(target)?.[1]);
  return id.success ? id.data : null;
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

function viewerOf(socket: WebSocket, close: () => void): TerminalViewer {
  return {
    tell: (message: TerminalDown) => socket.send(JSON.stringify(message)),
    print: (bytes) => socket.send(bytes, { binary: true }),
    waiting: () => socket.bufferedAmount,
    close,
  };
}

/** False for what no page of ours sends. */
function obey(seat: TerminalSeat, data: RawData, isBinary: boolean): boolean {
  // Without fragments asked for, `ws` hands over one buffer.
  const bytes = data as Buffer;
  if (isBinary) {
    seat.type(bytes);
    return true;
  }
  const message = parse(bytes);
  switch (message?.type) {
    case 'size':
      seat.resize({ columns: message.columns, rows: message.rows });
      return true;
    case 'drawn':
      return seat.drawn(message.bytes);
    case undefined:
      return false;
  }
}

function parse(bytes: Buffer): TerminalUp | null {
  try {
    return TerminalUp.safeParse(JSON.parse(bytes.toString('utf8'))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
