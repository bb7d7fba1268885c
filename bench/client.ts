/** A program's way to a running server: it logs in by the one-time link, sends JSON and reads the stream. */
import { createParser } from 'eventsource-parser';
import type { Server } from '../test/e2e/program.ts';

export interface StreamedEvent {
  type: string;
  data: Record<string, unknown>;
}

export interface Client {
  token: string;
  /** Throws on any other answer than a 2xx. */
  get(path: string): Promise<Response>;
  post<T>(path: string, body: object): Promise<T>;
  events(query: string): Promise<{ events(): AsyncIterable<StreamedEvent>; close(): void }>;
}

export async function login(server: Server): Promise<Client> {
  const code = new URL(server.ready.url).hash.replace('#code=', '');
  const { token } = (await (await send(server, '/api/login', { body: { code }, token: '' })).json()) as {
    token: string;
  };
  return {
    token,
    get: (path) => send(server, path, { token }),
    post: async <T>(path: string, body: object) => (await (await send(server, path, { body, token })).json()) as T,
    async events(query) {
      const stop = new AbortController();
      const response = await send(server, `/api/events${query}`, { token, signal: stop.signal });
      return { events: () => parse(response), close: () => stop.abort() };
    },
  };
}

interface Sent {
  token: string;
  body?: object;
  signal?: AbortSignal;
}

async function send(server: Server, path: string, { token, body, signal }: Sent): Promise<Response> {
  const response = await fetch(`${server.origin}${path}`, {
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Durable events whole; of what the stream says of itself, its own data. */
async function* parse(response: Response): AsyncGenerator<StreamedEvent> {
  const found: StreamedEvent[] = [];
  const parser = createParser({
    onEvent({ event, id, data }) {
      const parsed = JSON.parse(data) as Record<string, unknown> & { data?: Record<string, unknown> };
      found.push({ type: event ?? '', data: id === undefined ? parsed : (parsed.data ?? {}) });
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    yield* found.splice(0);
  }
}
