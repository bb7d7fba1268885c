/** HTTP by hand, over a bare socket: what no well-behaved client would send, and what came back to the byte. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** Sends `text` as it is and reads until the server closes; the text should ask for `Connection: close`. */
export async function raw(port: number, text: string | Buffer): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A server that refuses a request may close while it is still being sent; what it answered has come by then.
  socket.on('error', () => socket.destroy());
  socket.write(text);
  await new Promise((resolve) => socket.on('close', resolve));
  return parseAnswer(Buffer.concat(chunks).toString());
}

export function parseAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim());
  const body = rest.join('\r\n\r\n');
  const chunked = headers.get('transfer-encoding') === 'chunked';
  return { status: Number(statusLine.split(' ')[1]), headers, body: chunked ? unchunk(body) : body };
}

/** Only for text of one byte a character. */
function unchunk(body: string): string {
  let [text, left] = ['', body];
  for (;;) {
    const size = parseInt(left, 16);
    if (!(size > 0)) return text;
    const from = left.indexOf('\r\n') + 2;
    text += left.slice(from, from + size);
    left = left.slice(from + size + 2);
  }
}

export interface Lines {
  method?: string;
  target?: string;
  /** Names and values; a name may come twice. */
  headers?: [string, string][];
  body?: string;
}

/** A request as text. Nothing is added but `Connection: close` and the length of a body. */
export function request({ method = 'GET', target = '/', headers = [], body = '' }: Lines): string {
  const length: [string, string][] = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
  const lines = [...headers, ...length, ['Connection', 'close']].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

export type Frame = Pick<EventSourceMessage, 'id' | 'event' | 'data'>;

/** An open stream of events, read as it comes. */
export class EventReader {
  readonly frames: Frame[] = [];
  readonly comments: string[] = [];
  ended = false;
  readonly #wakers = new Set<() => void>();
  readonly #abort = new AbortController();

  static async open(origin: string, path: string, headers: Record<string, string>): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(origin + path, { headers, signal: reader.#abort.signal });
    if (response.status !== 200) throw new Error(`expected a stream, got ${response.status}: ${await response.text()}`);
    void reader.#read(response.body!);
    return reader;
  }

  /** The frames so far, as soon as they satisfy `enough`. */
  async until(enough: (frames: Frame[]) => boolean): Promise<Frame[]> {
    while (!enough(this.frames)) {
      if (this.ended) throw new Error(`the stream ended after ${this.frames.length} frames`);
      await this.#change();
    }
    return this.frames;
  }

  seen = (type: string) => this.until((frames) => frames.some((frame) => frame.event === type));

  async untilComment(): Promise<string> {
    while (this.comments.length === 0) await this.#change();
    return this.comments[0]!;
  }

  async end(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  close(): void {
    this.#abort.abort();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakers.add(resolve));
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => this.frames.push({ id, event, data }),
      onComment: (comment) => this.comments.push(comment),
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        this.#wake();
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error; // a cut stream is an end too
    }
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

/** A stream that is opened and then not read: a slow reader. */
export async function slowReader(port: number, headers: [string, string][]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request({ target: '/api/events', headers }));
  await once(socket, 'readable');
  return socket;
}
