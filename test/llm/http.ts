/** Real servers on loopback that speak a provider's wire format, byte for byte as a test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { collect, type Collected } from '../../server/llm/collect.ts';
import { createFetch } from '../../server/llm/fetch.ts';
import { ProviderError, type ModelRequest, type Provider } from '../../server/llm/provider.ts';
import type { FoundProvider } from '../../server/llm/spec.ts';

export interface Served {
  url: string;
  /** The bodies that came, in order. */
  bodies: unknown[];
  headers: IncomingMessage['headers'][];
  close(): Promise<void>;
}

/** Calls `answer` with the body read whole. */
export async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<Served> {
  const bodies: unknown[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body === '' ? null : JSON.parse(body));
      headers.push(request.headers);
      answer(response, request);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, bodies, headers, close };
}

/** A server below HTTP: `answer` gets the socket when the head and the body of a request are in. */
export async function serveBytes(answer: (socket: Socket) => void): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let seen = '';
    const read = (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      const head = seen.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0);
      if (head < 0 || seen.length < head + 4 + length) return;
      socket.off('data', read);
      answer(socket);
    };
    socket.on('data', read);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => done());
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

export const direct = createFetch({ https: '', http: '', noProxy: '' });
export const KEY = 'sk-test-SECRET-0123456789abcdef';

export const spec = (kind: 'anthropic' | 'openai', baseUrl: string): FoundProvider => ({
  name: kind,
  kind,
  baseUrl,
  apiKey: KEY,
  keyFrom: kind === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY',
  models: [],
  thinking: 'auto',
  found: [{ id: 'test-model', contextTokens: 200_000 }],
  remark: '',
});

export const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'test-model',
  system: 'You are a test.',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
  tools: [
    {
      name: 'read_file',
      description: 'Reads a file.',
      schema: { type: 'object', properties: { path: { type: 'string' } } },
    },
  ],
  maxOutputTokens: 4_000,
  ...more,
});

const quiet = { onText: () => {}, onReasoning: () => {}, onCall: () => {} };

export const answerOf = (
  provider: Provider,
  request = ask(),
  signal: AbortSignal = new AbortController().signal,
): Promise<Collected> => collect(provider.stream(request, signal), quiet, new Set());

/** The ProviderError that an answer ends in; anything else fails the test that asked. */
export async function failureOfAnswer(answer: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await answer.then(
    () => new Error('it was answered, where an error was expected'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProviderError)) throw error;
  return error;
}
