/** The page's end of a terminal's socket: a ticket for each try, bytes both ways, and a new try where the line broke. */
import { TERMINAL_PROTOCOL, TerminalDown, TICKET_PREFIX, type TerminalSize } from '../../shared/terminal.ts';
import type { Api } from '../lib/api.ts';

export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface LinkHandlers {
  told(message: TerminalDown): void;
  /** Draw it, and call back when it is drawn. */
  print(bytes: Uint8Array, drawn: () => void): void;
  state(state: LinkState, why: string): void;
}

/** One message, with room: the server takes 64 KiB. */
const PART_BYTES = 16 * 1024;
const WAITS_MS = [300, 1_000, 3_000, 5_000];
/** The terminal is gone, is full, or the login is over: another try would end in the same way. */
const FINAL = new Set([1_000, 4_001, 4_002]);

export class TerminalLink {
  readonly #id: string;
  readonly #api: Api;
  readonly #to: LinkHandlers;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #closed = false;

  constructor(id: string, api: Api, to: LinkHandlers) {
    this.#id = id;
    this.#api = api;
    this.#to = to;
    void this.#connect();
  }

  type(bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += PART_BYTES) this.#send(bytes.subarray(at, at + PART_BYTES));
  }

  size(size: TerminalSize): void {
    this.#send(JSON.stringify({ type: 'size', ...size }));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  async #connect(): Promise<void> {
    this.#to.state('connecting', '');
    try {
      const { ticket } = await this.#api.call('terminalTicket', { params: { id: this.#id }, body: {} });
      if (!this.#closed) this.#open(ticket);
    } catch (error) {
      this.#again(error instanceof Error ? error.message : String(error));
    }
  }

  #open(ticket: string): void {
    const address = new URL(`/api/terminals/${this.#id}/socket`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, [TERMINAL_PROTOCOL, TICKET_PREFIX + ticket]);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#tries = 0;
      this.#to.state('open', '');
    });
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => this.#take(socket, data));
    socket.addEventListener('close', ({ code, reason }) => {
      if (FINAL.has(code)) this.#to.state('closed', reason);
      else this.#again('The line broke.');
    });
    this.#socket = socket;
  }

  #take(socket: WebSocket, data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      const bytes = new Uint8Array(data);
      const drawn = () => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'drawn', bytes: bytes.length }));
      };
      return this.#to.print(bytes, drawn);
    }
    const message = TerminalDown.safeParse(JSON.parse(data));
    if (message.success) this.#to.told(message.data);
  }

  #again(why: string): void {
    if (this.#closed) return;
    this.#to.state('waiting', why);
    const wait = WAITS_MS[Math.min(this.#tries++, WAITS_MS.length - 1)];
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }
}
