/** The Anthropic provider against servers that speak its wire format. */
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../shared/message.ts';
import { openAnthropic } from '../../server/llm/anthropic.ts';
import type { FoundProvider } from '../../server/llm/spec.ts';
import { answerOf, ask, direct, failureOfAnswer, KEY, serve, spec, type Served } from './http.ts';
import { ANTHROPIC_STREAM, anthropicStream } from './wire.ts';

let server: Served;
afterEach(() => server.close());

const idleMs = 5_000;
const open = (more: Partial<FoundProvider> = {}) =>
  openAnthropic({ ...spec('anthropic', server.url), ...more }, { fetch: direct, idleMs });
const streaming = (bytes: string) =>
  serve((response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes));

test('reads thoughts, prose, calls, counts and the reason to stop', async () => {
  server = await streaming(ANTHROPIC_STREAM);
  const answer = await answerOf(open());
  const source = 'anthropic/test-model';
  expect(answer).toEqual({
    parts: [
      {
        type: 'reasoning',
        text: 'Two files — read both.',
        opaque: { provider: source, data: 'EqQBCgIYAhIM/sig==', redacted: false },
      },
      { type: 'reasoning', text: '', opaque: { provider: source, data: 'EmwKAhgBEgy3va3p', redacted: true } },
      { type: 'text', text: 'Grüße, 世界 🌍.' },
      { type: 'tool_call', callId: 'toolu_01', name: 'read_file', args: { kind: 'json', value: { path: 'a.txt' } } },
      { type: 'tool_call', callId: 'toolu_02', name: 'list_plan', args: { kind: 'json', value: {} } },
    ],
    usage: { input: 12, output: 77, cacheRead: 900, cacheWrite: 30 },
    stop: 'tools',
  });
});

test('sends the key and the system prompt, and nothing about this machine', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  await answerOf(open());
  const headers = server.headers[0]!;
  expect([headers['authorization'], headers['x-api-key']]).toEqual([`Bearer ${KEY}`, KEY]);
  expect(headers['anthropic-version']).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(Object.keys(headers).filter((name) => /stainless|custom/.test(name))).toEqual([]);
  expect(server.bodies[0]).toMatchObject({ model: 'test-model', max_tokens: 4_000, stream: true });
});

test('reads nothing of ANTHROPIC_* from the environment', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  const elsewhere = await serve((response) => response.writeHead(418).end());
  const names = {
    ANTHROPIC_BASE_URL: elsewhere.url,
    ANTHROPIC_API_KEY: 'env-key',
    ANTHROPIC_AUTH_TOKEN: 'env-token',
    ANTHROPIC_CUSTOM_HEADERS: 'x-spy: 1',
  };
  const before = { ...process.env };
  Object.assign(process.env, names);
  try {
    await answerOf(open());
    await answerOf(open({ apiKey: null }));
  } finally {
    for (const name of Object.keys(names)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await elsewhere.close();
  }
  expect(elsewhere.headers).toEqual([]);
  expect(server.headers.map((headers) => [headers['authorization'], headers['x-api-key'], headers['x-spy']])).toEqual([
    [`Bearer ${KEY}`, KEY, undefined],
    [undefined, undefined, undefined],
  ]);
});

test.each([
  ['', ''],
  ['/', ''],
  ['/v1', ''],
  ['/proxy/anthropic/', '/proxy/anthropic'],
])('asks for %s/v1/messages whichever way the base URL is written', async (written, path) => {
  let asked = '';
  server = await serve((response, request) => {
    asked = request.url ?? '';
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(anthropicStream([{ text: 'ok' }]));
  });
  await answerOf(open({ baseUrl: `${server.url}${written}` }));
  expect(asked).toBe(`${path}/v1/messages`);
});

const conversation: Message[] = [
  { role: 'user', parts: [{ type: 'text', text: 'one' }] },
  {
    role: 'assistant',
    parts: [
      {
        type: 'reasoning',
        text: 'mine',
        opaque: { provider: 'anthropic/test-model', data: 'SIG/1==', redacted: false },
      },
      { type: 'reasoning', text: '', opaque: { provider: 'anthropic/test-model', data: 'ENC', redacted: true } },
      {
        type: 'reasoning',
        text: 'of another model',
        opaque: { provider: 'anthropic/other', data: 'SIG', redacted: false },
      },
      { type: 'reasoning', text: 'unsigned', opaque: null },
      { type: 'text', text: 'reading' },
      {
        type: 'tool_call',
        callId: 'toolu_1' as never,
        name: 'read_file',
        args: { kind: 'json', value: { path: 'a' } },
      },
      {
        type: 'tool_call',
        callId: 'toolu_2' as never,
        name: 'read_file',
        args: { kind: 'malformed', raw: '{', problem: 'no JSON' },
      },
    ],
  },
  {
    role: 'user',
    parts: [
      { type: 'text', text: 'and hurry' },
      { type: 'tool_result', callId: 'toolu_2' as never, content: 'no JSON', isError: true },
      { type: 'tool_result', callId: 'toolu_1' as never, content: 'A', isError: false },
    ],
  },
];

test('gives back its own thoughts to the letter, in their place, and drops those of others', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  await answerOf(open(), ask({ messages: conversation }));
  const { messages } = server.bodies[0] as { messages: unknown[] };
  expect(messages[1]).toEqual({
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'mine', signature: 'SIG/1==' },
      { type: 'redacted_thinking', data: 'ENC' },
      { type: 'text', text: 'reading' },
      { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: { path: 'a' } },
      { type: 'tool_use', id: 'toolu_2', name: 'read_file', input: {} },
    ],
  });
  expect(messages[2]).toEqual({
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'toolu_1', content: 'A', is_error: false },
      { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no JSON', is_error: true },
      { type: 'text', text: 'and hurry', cache_control: { type: 'ephemeral' } },
    ],
  });
});

test('a thought that came down a stream goes back up as it was, over several rounds', async () => {
  server = await streaming(ANTHROPIC_STREAM);
  const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }];
  for (let round = 0; round < 3; round++) {
    const { parts } = await answerOf(open(), ask({ messages }));
    const results = parts.flatMap((part) =>
      part.type === 'tool_call'
        ? [{ type: 'tool_result' as const, callId: part.callId, content: 'ok', isError: false }]
        : [],
    );
    messages.push({ role: 'assistant', parts }, { role: 'user', parts: results });
  }
  const sent = (server.bodies[2] as { messages: { role: string; content: unknown[] }[] }).messages.filter(
    ({ role }) => role === 'assistant',
  );
  expect(sent).toHaveLength(2);
  for (const { content } of sent) {
    expect(content.slice(0, 2)).toEqual([
      { type: 'thinking', thinking: 'Two files — read both.', signature: 'EqQBCgIYAhIM/sig==' },
      { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3p' },
    ]);
  }
});

test('marks four places for the cache, and never more', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  const talk = Array.from({ length: 12 }, (_, at): Message => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text: `turn ${at}` }],
  }));
  await answerOf(open(), ask({ messages: [...talk, { role: 'user', parts: [{ type: 'text', text: 'last' }] }] }));
  const body = server.bodies[0] as { system: unknown[]; tools: unknown[]; messages: { content: unknown[] }[] };
  expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
  expect(JSON.stringify(body.system.at(-1))).toContain('cache_control');
  expect(JSON.stringify(body.tools.at(-1))).toContain('cache_control');
  const marked = body.messages.flatMap(({ content }, at) =>
    JSON.stringify(content).includes('cache_control') ? [at] : [],
  );
  expect(marked).toEqual([10, 12]);
});

const ADAPTIVE = { type: 'adaptive', display: 'summarized' };
test.each([
  ['claude-opus-4-5', { type: 'enabled', budget_tokens: 2_000 }],
  ['claude-haiku-4-5-20251001', { type: 'enabled', budget_tokens: 2_000 }],
  ['claude-sonnet-4-6', ADAPTIVE],
  ['claude-opus-5-5', ADAPTIVE],
  ['claude-fable-5', ADAPTIVE],
  ['some-local-model', undefined],
])('asks %s for thinking in the form it takes', async (model, thinking) => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  await answerOf(open(), ask({ model }));
  expect((server.bodies[0] as { thinking?: unknown }).thinking).toEqual(thinking);
  await answerOf(open({ thinking: 'off' }), ask({ model }));
  expect(server.bodies[1]).not.toHaveProperty('thinking');
});

test('a model with a budget finishes a round that another model began without thinking', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  await answerOf(open(), ask({ model: 'claude-opus-4-5', messages: conversation }));
  expect(server.bodies[0]).not.toHaveProperty('thinking');
  expect(JSON.stringify(server.bodies[0])).not.toContain('thinking');
});

test('leaves out what is empty', async () => {
  server = await streaming(anthropicStream([{ text: 'ok' }]));
  await answerOf(open(), ask({ system: '', tools: [] }));
  expect(Object.keys(server.bodies[0] as object).sort()).toEqual(['max_tokens', 'messages', 'model', 'stream']);
});

test.each([
  ['end_turn', 'end'],
  ['stop_sequence', 'end'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'refusal'],
  ['something_new', 'end'],
])('takes the stop reason %s as %s', async (theirs, ours) => {
  server = await streaming(anthropicStream([{ text: 'ok' }], theirs));
  expect((await answerOf(open())).stop).toBe(ours);
});

test('takes a call whose input came whole at its start', async () => {
  const whole = anthropicStream([{ call: { id: 't1', name: 'read_file', args: [] } }], 'tool_use').replace(
    '"input":{}',
    '"input":{"path":"b"}',
  );
  server = await streaming(whole);
  const { parts } = await answerOf(open());
  expect(parts).toMatchObject([{ args: { kind: 'json', value: { path: 'b' } } }]);
});

test('passes over events, blocks and deltas that it does not know', async () => {
  const unknown = [
    { type: 'content_block_start', index: 9, content_block: { type: 'hologram', data: 1 } },
    { type: 'content_block_delta', index: 9, delta: { type: 'input_json_delta', partial_json: '{' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'sparkle_delta' } },
    { type: 'weather', sun: true },
  ].map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  server = await streaming(unknown.join('') + anthropicStream([{ text: 'ok' }]));
  expect((await answerOf(open())).parts).toEqual([{ type: 'text', text: 'ok' }]);
});

test.each([
  ['no JSON', 'event: message_start\ndata: {"type":"mess\n\n'],
  [
    'a known event with the wrong shape',
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":"x"}\n\n',
  ],
  [
    'arguments for no call',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":"{"}}\n\n',
  ],
])('says that a stream cannot be read: %s', async (_, bytes) => {
  server = await streaming(bytes + anthropicStream([{ text: 'ok' }]));
  expect(await failureOfAnswer(answerOf(open()))).toMatchObject({ code: 'malformed', retryable: true });
});
