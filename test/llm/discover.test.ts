/** Which models there are, found on real servers. */
import { afterEach, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { discoverProviders, openProviders } from '../../server/llm/discover.ts';
import { contextTokensOf, thinkingForm } from '../../server/llm/models.ts';
import type { ProviderSpec } from '../../server/llm/spec.ts';
import { answerOf, direct, KEY, serve, type Served } from './http.ts';
import { anthropicStream, delta, DONE } from './wire.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function lists(routes: Record<string, unknown>): Promise<Served> {
  const server = await serve((response, request) => {
    const body = routes[request.url ?? ''];
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}));
  });
  closers.push(server.close);
  return server;
}

/** A port on which nobody listens. */
async function nobody(): Promise<string> {
  const server = await serve(() => {});
  await server.close();
  return `${server.url}/v1`;
}

const setUp = (more: Partial<ProviderSpec>): ProviderSpec => ({
  name: 'work',
  kind: 'openai',
  baseUrl: null,
  apiKey: KEY,
  keyFrom: 'WORK_KEY',
  models: [],
  thinking: 'auto',
  ...more,
});

const discover = async (specs: ProviderSpec[], lmStudio?: string) =>
  discoverProviders({ specs, fetch: direct, lmStudio: lmStudio ?? (await nobody()) });

test('the models that the settings name are taken as they are, and no server is asked', async () => {
  const server = await lists({});
  const [found] = await discover([setUp({ baseUrl: server.url, models: ['claude-opus-4-5', 'mine'] })]);
  expect(found?.found).toEqual([
    { id: 'claude-opus-4-5', contextTokens: 200_000 },
    { id: 'mine', contextTokens: LIMITS.contextTokens.value },
  ]);
  expect(server.headers).toEqual([]);
});

test('the providers themselves have the models that are known of them', async () => {
  const [anthropic, openai] = await discover([setUp({ kind: 'anthropic' }), setUp({})]);
  expect(anthropic?.found[0]).toEqual({ id: 'claude-opus-5-5', contextTokens: 1_000_000 });
  expect(openai?.found.every(({ id, contextTokens }) => id.startsWith('gpt-') && contextTokens > 100_000)).toBe(true);
});

test('a server that speaks the format is asked for its models and their windows', async () => {
  const data = [
    { id: 'vllm', max_model_len: 32_768 },
    { id: 'router', context_length: 262_144 },
    { id: 'llama', meta: { n_ctx_train: 8_192 } },
    { id: 'plain' },
    { id: 'odd', max_model_len: 'long' },
    { id: 'text-embedding-3', max_model_len: 512 },
    { id: 7 },
    'nonsense',
  ];
  const server = await lists({ '/v1/models': { object: 'list', data } });
  const [found] = await discover([setUp({ baseUrl: server.url })]);
  expect(found?.found).toEqual([
    { id: 'vllm', contextTokens: 32_768 },
    { id: 'router', contextTokens: 262_144 },
    { id: 'llama', contextTokens: 8_192 },
    { id: 'plain', contextTokens: 200_000 },
    { id: 'odd', contextTokens: 200_000 },
  ]);
  expect(server.headers[0]?.authorization).toBe(`Bearer ${KEY}`);
  expect(found?.remark).toBe('');
});

test.each([
  ['refuses the key', (url: string) => url, { '/v1/models': undefined }],
  ['answers with something else', (url: string) => url, { '/v1/models': { hello: 1 } }],
  ['lists nothing', (url: string) => url, { '/v1/models': { data: [] } }],
])('a server that %s stays, with a remark', async (_, at, routes) => {
  const server = await lists(routes);
  const [found] = await discover([setUp({ baseUrl: at(server.url) })]);
  expect(found).toMatchObject({ found: [], remark: expect.stringContaining('lists no models') });
  expect(openProviders([found!], { fetch: direct })[0]?.note).toContain('lists no models');
});

test('a server that hangs costs the time of discovery and no more', async () => {
  const server = await serve(() => {});
  closers.push(server.close);
  const found = await discover([setUp({ baseUrl: server.url })], `${server.url}/v1`);
  expect(found).toHaveLength(1);
});

test('a list without end is not read to its end', async () => {
  const server = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (!response.destroyed) if (!response.write(' '.repeat(65_536))) return void response.once('drain', more);
    };
    more();
  });
  closers.push(server.close);
  expect(await discover([setUp({ baseUrl: server.url })])).toMatchObject([{ found: [] }]);
});

const studio = {
  '/v1/models': { data: [{ id: 'idle' }, { id: 'ready' }, { id: 'nomic-embed' }] },
  '/api/v0/models': {
    data: [
      { id: 'idle', type: 'llm', state: 'not-loaded', max_context_length: 131_072 },
      { id: 'ready', type: 'llm', state: 'loaded', max_context_length: 131_072, loaded_context_length: 4_096 },
      { id: 'nomic-embed', type: 'embeddings', state: 'loaded' },
    ],
  },
};

test('LM Studio is found by itself, what is loaded first', async () => {
  const server = await lists(studio);
  const [found] = await discover([], `${server.url}/v1`);
  expect(found).toMatchObject({
    name: 'lmstudio',
    kind: 'openai',
    apiKey: null,
    found: [
      { id: 'ready', contextTokens: 4_096 },
      { id: 'idle', contextTokens: 131_072 },
    ],
  });
});

test('LM Studio without its own API is found too', async () => {
  const server = await lists({ '/v1/models': studio['/v1/models'] });
  expect((await discover([], `${server.url}/v1`))[0]?.found.map(({ id }) => id)).toEqual(['idle', 'ready']);
});

test.each([
  ['by its port', (url: string) => setUp({ baseUrl: url.replace('127.0.0.1', 'localhost') })],
  ['by its name', () => setUp({ name: 'lmstudio', models: ['m'] })],
])('LM Studio is not found twice where it is set up %s', async (_, spec) => {
  const server = await lists(studio);
  expect(await discover([spec(server.url)], `${server.url}/v1`)).toHaveLength(1);
});

test('nothing is found where nothing is', async () => {
  expect(await discover([])).toEqual([]);
});

test('a key that would travel in the open is remarked upon, on loopback it is not', async () => {
  const [far, near] = await discover([
    setUp({ baseUrl: 'http://models.example.test/v1', models: ['m'] }),
    setUp({ baseUrl: 'http://127.0.0.1:9/v1', models: ['m'] }),
  ]);
  expect([far?.remark, near?.remark]).toEqual(['not encrypted', '']);
});

test.each(['ftp://host/v1', 'https://user:secret@host/v1', 'nowhere', 'file:///etc/passwd'])(
  'the base URL %s is refused, and not repeated',
  async (baseUrl) => {
    const refused = await discover([setUp({ baseUrl, models: ['m'] })]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'bad_base_url' });
    expect(String(refused)).not.toContain('secret');
  },
);

test('opened providers answer, each in its own format', async () => {
  const server = await serve((response, request) => {
    const bytes =
      request.url === '/v1/messages' ? anthropicStream([{ text: 'a' }]) : delta({ content: 'o' }, 'stop') + DONE;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes);
  });
  closers.push(server.close);
  const found = await discover([
    setUp({ name: 'a', kind: 'anthropic', baseUrl: server.url, models: ['x'] }),
    setUp({ name: 'o', baseUrl: server.url, models: ['y'] }),
  ]);
  const [a, o] = openProviders(found, { fetch: direct });
  expect((await answerOf(a!)).parts).toEqual([{ type: 'text', text: 'a' }]);
  expect((await answerOf(o!)).parts).toEqual([{ type: 'text', text: 'o' }]);
  expect([a!.name, a!.kind, a!.note, o!.kind]).toEqual(['a', 'anthropic', new URL(server.url).host, 'openai']);
});

test.each([
  ['claude-opus-5-5', 1_000_000, 'adaptive'],
  ['claude-haiku-4-5-20251001', 200_000, 'budget'],
  ['claude-sonnet-4-20250514', 200_000, 'budget'],
  ['claude-opus-4-6', 200_000, 'adaptive'],
  ['claude-3-7-sonnet-20250219', 200_000, 'none'],
  ['claude-mythos-preview', 200_000, 'none'],
  ['qwen3-coder', 200_000, 'none'],
])('%s has a window of %i tokens and thinks: %s', (model, tokens, form) => {
  expect([contextTokensOf(model), thinkingForm(model)]).toEqual([tokens, form]);
});
