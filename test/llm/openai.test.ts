/** The OpenAI-compatible provider against servers that speak chat completions, each in its own way. */
import { afterEach, expect, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import type { Message } from '../../shared/message.ts';
import { openOpenAI } from '../../server/llm/openai.ts';
import type { FoundProvider } from '../../server/llm/spec.ts';
import { answerOf, ask, direct, failureOfAnswer, KEY, serve, spec, type Served } from './http.ts';
import { counts, delta, DONE, OPENAI_STREAM } from './wire.ts';

let server: Served;
afterEach(() => server.close());

const open = (more: Partial<FoundProvider> = {}) =>
  openOpenAI({ ...spec('openai', server.url), ...more }, { fetch: direct, idleMs: 5_000 });
const stream = (response: ServerResponse, bytes: string) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes);
const streaming = (...bytes: string[]) => serve((response) => stream(response, bytes.join('')));
const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const ok = delta({ content: 'ok' }, 'stop') + DONE;

test('reads reasoning, prose, calls that come in turns, counts and the reason to stop', async () => {
  server = await streaming(OPENAI_STREAM);
  expect(await answerOf(open())).toEqual({
    parts: [
      {
        type: 'reasoning',
        text: 'Two files — read both.',
        opaque: { provider: 'openai/test-model', data: 'reasoning_content', redacted: false },
      },
      { type: 'text', text: 'Grüße, 世界 🌍.' },
      { type: 'tool_call', callId: 'call_01', name: 'read_file', args: { kind: 'json', value: { path: 'a.txt' } } },
      { type: 'tool_call', callId: 'call_02', name: 'list_plan', args: { kind: 'json', value: {} } },
    ],
    usage: { input: 42, output: 77, cacheRead: 900, cacheWrite: 0 },
    stop: 'tools',
  });
});

test.each([
  ['', '/v1/chat/completions'],
  ['/', '/v1/chat/completions'],
  ['/v1', '/v1/chat/completions'],
  ['/v1/', '/v1/chat/completions'],
  ['/v1/chat/completions', '/v1/chat/completions'],
  ['/v1beta/openai', '/v1beta/openai/chat/completions'],
  ['/api/paas/v4', '/api/paas/v4/chat/completions'],
])('a base URL that ends in "%s" is asked at %s', async (written, path) => {
  let asked = '';
  server = await serve((response, request) => {
    asked = request.url ?? '';
    stream(response, ok);
  });
  await answerOf(open({ baseUrl: `${server.url}${written}` }));
  expect(asked).toBe(path);
});

test('sends the key as a bearer token, or no token where there is no key', async () => {
  server = await streaming(ok);
  await answerOf(open());
  await answerOf(open({ apiKey: null }));
  expect(server.headers.map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`, undefined]);
});

const calls = (...pieces: Record<string, unknown>[][]) =>
  pieces.map((tool_calls) => delta({ tool_calls })).join('') + delta({}, 'tool_calls') + DONE;
const whole = (id: string | undefined, index: number | undefined, path: string) => ({
  id,
  index,
  type: 'function',
  function: { name: 'read_file', arguments: `{"path":"${path}"}` },
});

test.each([
  ['whole calls at once', calls([whole('c1', 0, 'a'), whole('c2', 1, 'b')])],
  ['calls that are all numbered 0', calls([whole('c1', 0, 'a')], [whole('c2', 0, 'b')])],
  ['calls without numbers', calls([whole('c1', undefined, 'a')], [whole('c2', undefined, 'b')])],
  ['calls without numbers and ids', calls([whole(undefined, undefined, 'a')], [whole(undefined, undefined, 'b')])],
  ['calls with empty ids', calls([whole('', 0, 'a')], [whole('', 1, 'b')])],
  ['calls that share an id', calls([whole('same', 0, 'a')], [whole('same', 1, 'b')])],
  [
    'pieces without numbers',
    calls(
      [{ id: 'c1', function: { name: 'read_file', arguments: '' } }],
      [{ function: { arguments: '{"path"' } }],
      [{ function: { arguments: ':"a"}' } }],
      [whole('c2', undefined, 'b')],
    ),
  ],
  [
    'pieces that repeat id and name',
    calls(
      [{ index: 0, id: 'c1', function: { name: 'read_file', arguments: '{"path"' } }],
      [{ index: 0, id: 'c1', function: { name: 'read_file', arguments: ':"a"}' } }],
      [whole('c2', 1, 'b')],
    ),
  ],
  [
    'arguments that are an object',
    calls([{ index: 0, id: 'c1', function: { name: 'read_file', arguments: { path: 'a' } } }], [whole('c2', 1, 'b')]),
  ],
])('understands %s', async (_, bytes) => {
  server = await streaming(bytes);
  const { parts, stop } = await answerOf(open());
  expect(parts.map((part) => (part.type === 'tool_call' ? [part.name, part.args] : part))).toEqual([
    ['read_file', { kind: 'json', value: { path: 'a' } }],
    ['read_file', { kind: 'json', value: { path: 'b' } }],
  ]);
  expect(new Set(parts.map((part) => (part.type === 'tool_call' ? part.callId : ''))).size).toBe(2);
  expect(stop).toBe('tools');
});

test('an answer with calls stops for tools, whatever reason the server gives', async () => {
  server = await streaming(delta({ tool_calls: [whole('c1', 0, 'a')] }), delta({}, 'stop'), DONE);
  expect((await answerOf(open())).stop).toBe('tools');
});

test.each([
  ['content in a list of pieces', delta({ content: [{ type: 'text', text: 'ok' }] })],
  ['a refusal', delta({ refusal: 'ok' })],
  ['an answer that was not streamed', ''],
])('understands %s', async (_, bytes) => {
  server = await serve((response) => {
    if (bytes === '')
      json(response, 200, { choices: [{ message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] });
    else stream(response, bytes + delta({}, 'stop') + DONE);
  });
  expect(await answerOf(open())).toMatchObject({ parts: [{ type: 'text', text: 'ok' }], stop: 'end' });
});

test.each([
  ['closes after the reason to stop', delta({ content: 'ok' }, 'stop')],
  ['sends no reason to stop, but [DONE]', delta({ content: 'ok' }) + DONE],
  ['breaks its lines with CRLF', ok.replaceAll('\n', '\r\n')],
])('a server that %s has answered', async (_, bytes) => {
  server = await streaming(bytes);
  expect(await answerOf(open())).toMatchObject({ parts: [{ type: 'text', text: 'ok' }], stop: 'end' });
});

test('asks once more without token counts where the server does not know them, and remembers', async () => {
  server = await serve((response) => {
    const body = server.bodies.at(-1) as { stream_options?: unknown };
    if (body.stream_options)
      json(response, 400, { error: { message: 'Unrecognized request argument supplied: stream_options' } });
    else stream(response, ok);
  });
  const provider = open();
  await answerOf(provider);
  await answerOf(provider);
  expect(server.bodies.map((body) => 'stream_options' in (body as object))).toEqual([true, false, false]);
});

test('bounds the answer by the name that the server knows, or not at all', async () => {
  const refusals = [
    "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
    'max_completion_tokens is too large: 4000',
  ];
  server = await serve((response) => {
    const refusal = refusals.shift();
    if (refusal) json(response, 400, { error: { message: refusal } });
    else stream(response, ok);
  });
  await answerOf(open());
  expect(server.bodies.map((body) => Object.keys(body as object).filter((key) => key.startsWith('max_')))).toEqual([
    ['max_tokens'],
    ['max_completion_tokens'],
    [],
  ]);
});

test('a refusal that no other wording would mend is asked once', async () => {
  server = await serve((response) => json(response, 400, { error: { message: 'stream_options: no' } }));
  expect(await failureOfAnswer(answerOf(open()))).toMatchObject({ code: 'bad_request', retryable: false });
  expect(server.bodies).toHaveLength(2);
});

test.each([
  [400, { error: { message: 'registry.ollama.ai/library/gemma:2b does not support tools' } }],
  [
    400,
    {
      object: 'error',
      message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    },
  ],
  [404, { error: { message: 'No endpoints found that support tool use.', code: 404 } }],
])('says that a model cannot call tools (%i)', async (status, body) => {
  server = await serve((response) => json(response, status, body));
  const error = await failureOfAnswer(answerOf(open()));
  expect(error).toMatchObject({ code: 'bad_request', retryable: false });
  expect(error.hint).toContain('cannot call tools');
});

const conversation: Message[] = [
  { role: 'user', parts: [{ type: 'text', text: 'one' }] },
  {
    role: 'assistant',
    parts: [
      {
        type: 'reasoning',
        text: 'old',
        opaque: { provider: 'openai/test-model', data: 'reasoning_content', redacted: false },
      },
      { type: 'text', text: 'two' },
    ],
  },
  { role: 'user', parts: [{ type: 'text', text: 'three' }] },
  {
    role: 'assistant',
    parts: [
      {
        type: 'reasoning',
        text: 'new',
        opaque: { provider: 'openai/test-model', data: 'reasoning_content', redacted: false },
      },
      { type: 'reasoning', text: 'foreign', opaque: { provider: 'anthropic/x', data: 'SIG', redacted: false } },
      {
        type: 'tool_call',
        callId: 'c1' as never,
        name: 'read_file',
        args: { kind: 'json', value: { path: 'lone \uD83D' } },
      },
      {
        type: 'tool_call',
        callId: 'c2' as never,
        name: 'nope',
        args: { kind: 'malformed', raw: '{"x', problem: 'no JSON' },
      },
    ],
  },
  { role: 'user', parts: [{ type: 'tool_result', callId: 'c1' as never, content: 'A \uDE00', isError: false }] },
];

test('sends calls with their results, the open round with its reasoning, and nothing that a parser refuses', async () => {
  server = await streaming(ok);
  await answerOf(open(), ask({ messages: conversation }));
  expect((server.bodies[0] as { messages: unknown[] }).messages).toEqual([
    { role: 'system', content: 'You are a test.' },
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
    { role: 'user', content: 'three' },
    {
      role: 'assistant',
      content: '',
      reasoning_content: 'new',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":"lone \u{FFFD}"}' } },
        { id: 'c2', type: 'function', function: { name: 'nope', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'A \u{FFFD}' },
    {
      role: 'tool',
      tool_call_id: 'c2',
      content: 'This call was interrupted and has no result. Look at what stands before you repeat it.',
    },
  ]);
});

test('offers tools only where there are some', async () => {
  server = await streaming(ok);
  await answerOf(open(), ask({ tools: [] }));
  await answerOf(open());
  expect(server.bodies[0]).not.toHaveProperty('tools');
  expect(server.bodies[1]).toMatchObject({ tools: [{ type: 'function', function: { name: 'read_file' } }] });
});

test('a web page in the place of an answer is named as such, and not asked for again', async () => {
  server = await serve((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome'));
  expect(await failureOfAnswer(answerOf(open()))).toMatchObject({ code: 'malformed', retryable: false });
});

test('counts that make no sense are passed over', async () => {
  server = await streaming(
    delta({ content: 'ok' }, 'stop'),
    'data: {"choices":[],"usage":{"prompt_tokens":"many","completion_tokens":3.7}}\n\n',
    DONE,
  );
  expect((await answerOf(open())).usage).toEqual({ input: 0, output: 3, cacheRead: 0, cacheWrite: 0 });
  expect(counts(1, 2)).toContain('"cached_tokens":0');
});
