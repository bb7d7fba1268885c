/** What goes wrong at a provider, in both wire formats: one shape of error, words a person can use, and never the key. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import { openAnthropic } from '../../server/llm/anthropic.ts';
import { openOpenAI } from '../../server/llm/openai.ts';
import { ProviderError } from '../../server/llm/provider.ts';
import { answerOf, ask, direct, failureOfAnswer, KEY, serve, serveBytes, spec } from './http.ts';
import { ANTHROPIC_STREAM, anthropicStream, delta, OPENAI_STREAM } from './wire.ts';

const KINDS = ['anthropic', 'openai'] as const;
type Kind = (typeof KINDS)[number];

const closers: (() => Promise<void>)[] = [];
const seen: ProviderError[] = [];
beforeEach(() => void seen.splice(0));
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const error of seen) {
    const all = JSON.stringify([error.message, error.hint, error.stack, { ...error }, String(error.cause)]);
    expect(all).not.toContain('SECRET');
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(error.message.length).toBeLessThan(600);
    expect(error.hint).not.toBe('');
  }
});

const open = (kind: Kind, url: string, idleMs = 5_000) =>
  (kind === 'anthropic' ? openAnthropic : openOpenAI)(spec(kind, url), { fetch: direct, idleMs });

async function failing(
  kind: Kind,
  answer: (response: ServerResponse) => void,
  idleMs?: number,
): Promise<ProviderError> {
  const server = await serve(answer);
  closers.push(server.close);
  const error = await failureOfAnswer(answerOf(open(kind, server.url, idleMs)));
  seen.push(error);
  return error;
}

const body = (type: string, message: string) => JSON.stringify({ type: 'error', error: { type, code: type, message } });
const refuse =
  (status: number, text: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);

const STATUSES: [number, string, Partial<ProviderError>][] = [
  [400, body('invalid_request_error', 'tools.0: bad schema'), { code: 'bad_request', retryable: false }],
  [
    400,
    body('invalid_request_error', 'prompt is too long: 219999 tokens > 200000 maximum'),
    { code: 'too_long', retryable: false },
  ],
  [
    400,
    body('context_length_exceeded', "This model's maximum context length is 8192 tokens."),
    { code: 'too_long', retryable: false },
  ],
  [
    500,
    body('server_error', 'the request exceeds the available context size. try increasing it'),
    { code: 'too_long', retryable: false },
  ],
  [401, body('authentication_error', `invalid x-api-key ${KEY}`), { code: 'auth', retryable: false }],
  [402, body('billing_error', 'no credit'), { code: 'rate_limited', retryable: false }],
  [403, body('permission_error', 'not for you'), { code: 'auth', retryable: false }],
  [404, body('not_found_error', 'model: nope'), { code: 'bad_request', retryable: false }],
  [413, body('request_too_large', 'Request exceeds the maximum size'), { code: 'too_long', retryable: false }],
  [429, body('rate_limit_error', 'slow down'), { code: 'rate_limited', retryable: true }],
  [429, body('insufficient_quota', 'You exceeded your current quota'), { code: 'rate_limited', retryable: false }],
  [500, body('api_error', 'oops'), { code: 'server', retryable: true }],
  [502, '<html>bad gateway</html>', { code: 'server', retryable: true }],
  [503, '', { code: 'server', retryable: true }],
  [529, body('overloaded_error', 'Overloaded'), { code: 'overloaded', retryable: true }],
];

for (const kind of KINDS) {
  test.each(STATUSES)(`${kind}: status %i with %s`, async (status, text, expected) => {
    const error = await failing(kind, refuse(status, text));
    expect(error).toMatchObject({ ...expected, retryAfterMs: null });
    expect(error.message).toContain(String(status));
  });

  test(`${kind}: a refused key is told by where it came from, never by itself`, async () => {
    const error = await failing(
      kind,
      refuse(401, body('authentication_error', `Incorrect API key provided: ${KEY}. Or sk-proj-ab***yz.`)),
    );
    expect(error.hint).toContain(kind === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY');
    expect(error.message).toContain('Incorrect API key provided: [key]. Or [key]');
  });

  test.each([
    ['retry-after', '7', 7_000],
    ['retry-after', '1.5', 1_500],
    ['retry-after-ms', '250', 250],
    ['retry-after', 'soon', null],
    ['retry-after', '-5', null],
    ['retry-after', '9'.repeat(40), null],
  ])(`${kind}: 429 with %s: %s`, async (name, value, wait) => {
    expect(await failing(kind, refuse(429, body('rate_limit_error', 'slow'), { [name]: value }))).toMatchObject({
      retryAfterMs: wait,
    });
  });

  test(`${kind}: 429 with a date`, async () => {
    const at = new Date(Date.now() + 30_000).toUTCString();
    const { retryAfterMs } = await failing(kind, refuse(429, body('rate_limit_error', 'slow'), { 'retry-after': at }));
    expect(retryAfterMs).toBeGreaterThan(20_000);
    expect(retryAfterMs).toBeLessThanOrEqual(30_000);
  });

  test(`${kind}: a provider that says not to try again is believed`, async () => {
    expect(
      await failing(kind, refuse(429, body('rate_limit_error', 'spent'), { 'x-should-retry': 'false' })),
    ).toMatchObject({ retryable: false });
  });

  test(`${kind}: words from the provider are short and visible`, async () => {
    const error = await failing(
      kind,
      refuse(400, body('invalid_request_error', `\u001b[31mred\u0007 \u202Eright-to-left\u200B${'x'.repeat(5_000)}`)),
    );
    expect(error.message).toContain('[31mred right-to-leftx');
    expect(error.message.length).toBeLessThan(500);
  });

  test(`${kind}: an error of a hundred megabytes is read no further than its words`, async () => {
    let sent = 0;
    const error = await failing(kind, (response) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      const more = () => {
        while (sent < 100 * 2 ** 20 && !response.destroyed) {
          sent += 64 * 1024;
          if (!response.write('y'.repeat(64 * 1024))) return void response.once('drain', more);
        }
      };
      more();
    });
    expect(error).toMatchObject({ code: 'server', retryable: true });
    expect(sent).toBeLessThan(20 * 2 ** 20);
  });

  test(`${kind}: a redirect is not followed, for the key would go with it`, async () => {
    const other = await serve((response) => response.writeHead(200).end());
    closers.push(other.close);
    const error = await failing(kind, refuse(307, '', { location: `${other.url}/v1/messages` }));
    expect(error).toMatchObject({ code: 'bad_request', retryable: false });
    expect(other.headers).toEqual([]);
  });

  test(`${kind}: nobody listens`, async () => {
    const server = await serve(() => {});
    await server.close();
    const error = await failureOfAnswer(answerOf(open(kind, server.url)));
    seen.push(error);
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(error.message).toContain('refused the connection');
  });

  test(`${kind}: the name does not resolve`, async () => {
    const error = await failureOfAnswer(answerOf(open(kind, 'http://no-such-host.invalid')));
    seen.push(error);
    expect(error).toMatchObject({ code: 'network', retryable: true });
  });

  test(`${kind}: the connection is reset before the head`, async () => {
    const server = await serveBytes((socket) => socket.resetAndDestroy());
    closers.push(server.close);
    const error = await failureOfAnswer(answerOf(open(kind, server.url)));
    seen.push(error);
    expect(error).toMatchObject({ code: 'cut', retryable: true });
  });

  const begun = kind === 'anthropic' ? ANTHROPIC_STREAM.slice(0, 900) : OPENAI_STREAM.slice(0, 400);

  test.each([
    ['before its head', (_: ServerResponse) => {}],
    [
      'after its head',
      (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    ],
    [
      'in mid-stream',
      (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(begun),
    ],
  ])(`${kind}: a server that falls silent %s counts as cut`, async (_, answer) => {
    const error = await failing(kind, answer, 60);
    expect(error).toMatchObject({ code: 'cut', retryable: true });
    expect(error.message).toContain('sent nothing for');
  });

  test(`${kind}: one line without end is cut off at its bound`, async () => {
    let sent = 0;
    const error = await failing(kind, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: ');
      const more = () => {
        while (!response.destroyed && sent < 200 * 2 ** 20) {
          sent += 64 * 1024;
          if (!response.write('z'.repeat(64 * 1024))) return void response.once('drain', more);
        }
      };
      more();
    });
    expect(error).toMatchObject({ code: 'malformed', retryable: false });
    expect(sent).toBeLessThan(30 * 2 ** 20);
  });

  test(`${kind}: one event of endless lines is cut off at its bound`, async () => {
    const error = await failing(kind, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${'w'.repeat(60_000)}\r\n`.repeat(200));
    });
    expect(error).toMatchObject({ code: 'malformed', retryable: false });
  });

  test(`${kind}: many events together may be longer than one may be`, async () => {
    const text = 'v'.repeat(9_000);
    const many =
      kind === 'anthropic'
        ? anthropicStream(Array.from({ length: 200 }, () => ({ text })))
        : delta({ content: text }).repeat(200) + delta({}, 'stop');
    const server = await serve((response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(many),
    );
    closers.push(server.close);
    const { parts } = await answerOf(open(kind, server.url));
    expect(parts[0]).toMatchObject({ type: 'text', text: text.repeat(200) });
  });

  test(`${kind}: an abort rejects with its reason and frees the socket at once`, async () => {
    const why = new Error('stopped by the person');
    const stop = new AbortController();
    let closed: () => void;
    const freed = new Promise<void>((done) => (closed = done));
    const server = await serve((response, request) => {
      request.socket.once('close', () => closed());
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(begun);
      stop.abort(why);
    });
    closers.push(server.close);
    await expect(answerOf(open(kind, server.url), ask(), stop.signal)).rejects.toBe(why);
    await freed;
  });

  test(`${kind}: a signal that is aborted already sends nothing`, async () => {
    const server = await serve((response) => response.end());
    closers.push(server.close);
    const why = new Error('too late');
    await expect(answerOf(open(kind, server.url), ask(), AbortSignal.abort(why))).rejects.toBe(why);
    expect(server.headers).toEqual([]);
  });

  test(`${kind}: a fault of our own is not laid at the provider's door`, async () => {
    const server = await serve((response) => response.end());
    closers.push(server.close);
    const request = ask({ tools: [{ name: 'x', description: 'x', schema: { cannotBeSent: 1n } }] });
    await expect(answerOf(open(kind, server.url), request)).rejects.toBeInstanceOf(TypeError);
    expect(server.headers).toEqual([]);
  });

  test(`${kind}: a reader that goes away in mid-stream frees the socket`, async () => {
    let closed: () => void;
    const freed = new Promise<void>((done) => (closed = done));
    const server = await serve((response, request) => {
      request.socket.once('close', () => closed());
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(begun);
    });
    closers.push(server.close);
    for await (const event of open(kind, server.url).stream(ask(), new AbortController().signal)) {
      expect(event.type).toBe('reasoning');
      break;
    }
    await freed;
  });
}

const midway = (kind: Kind, error: Record<string, unknown>) =>
  kind === 'anthropic'
    ? `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`
    : `data: ${JSON.stringify({ error })}\n\n`;

test.each([
  ['anthropic', { type: 'overloaded_error', message: 'Overloaded' }, { code: 'overloaded', retryable: true }],
  ['anthropic', { type: 'rate_limit_error', message: 'slow' }, { code: 'rate_limited', retryable: true }],
  ['anthropic', { type: 'api_error', message: 'oops' }, { code: 'server', retryable: true }],
  [
    'anthropic',
    { type: 'invalid_request_error', message: 'prompt is too long' },
    { code: 'too_long', retryable: false },
  ],
  ['openai', { type: 'server_error', message: 'oops' }, { code: 'server', retryable: true }],
  ['openai', { code: 429, message: 'slow' }, { code: 'rate_limited', retryable: true }],
  ['openai', { code: 'context_length_exceeded', message: 'too much' }, { code: 'too_long', retryable: false }],
  [
    'openai',
    { type: 'invalid_request_error', code: 'invalid_api_key', message: `bad ${KEY}` },
    { code: 'auth', retryable: false },
  ],
] as const)('%s: an error in mid-stream, %o', async (kind, error, expected) => {
  const start =
    kind === 'anthropic'
      ? ANTHROPIC_STREAM.slice(0, ANTHROPIC_STREAM.indexOf('event: ping'))
      : delta({ content: 'so far' });
  const bytes = start + midway(kind, error);
  const told = await failing(kind, (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes),
  );
  expect(told).toMatchObject(expected);
});

test('openai: an error that is named by its event', async () => {
  const bytes = `event: error\ndata: {"code":500,"message":"slot unavailable"}\n\n`;
  const told = await failing('openai', (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes),
  );
  expect(told).toMatchObject({ code: 'server', retryable: true });
  expect(told.message).toContain('slot unavailable');
});
