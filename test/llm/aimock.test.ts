/** Both providers against aimock, which speaks the wire formats by itself and can be told to misbehave. */
import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Message } from '../../shared/message.ts';
import { discoverProviders, openProviders } from '../../server/llm/discover.ts';
import { ProviderError, type ModelRequest, type Provider } from '../../server/llm/provider.ts';
import { retryDelay } from '../../server/llm/retry.ts';
import { answerOf, ask, direct, failureOfAnswer, spec } from './http.ts';

const KINDS = ['anthropic', 'openai'] as const;
let mock: LLMock;
beforeEach(async () => {
  mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 5 });
  mock.onMessage('hello', { content: 'Hello there, 世界 🌍', reasoning: 'a greeting', reasoningSignature: 'SIG+/==' });
  mock.onMessage('read', {
    toolCalls: [
      { name: 'read_file', arguments: '{"path":"a.txt"}' },
      { name: 'read_file', arguments: '{"path":"b.txt"}' },
    ],
    reasoning: 'two files',
    reasoningSignature: 'SIG2==',
    redactedThinking: ['ENCRYPTED'],
  });
  await mock.start();
});
afterEach(() => mock.stop());

async function open(kind: (typeof KINDS)[number]): Promise<Provider> {
  const specs = [{ ...spec(kind, mock.url), models: ['claude-opus-4-5'] }];
  const found = await discoverProviders({ specs, fetch: direct, lmStudio: 'http://127.0.0.1:9/v1' });
  return openProviders(found, { fetch: direct, idleMs: 5_000 })[0]!;
}

const said = (text: string): ModelRequest =>
  ask({ model: 'claude-opus-4-5', messages: [{ role: 'user', parts: [{ type: 'text', text }] }] });

for (const kind of KINDS) {
  test(`${kind}: prose and a thought come whole`, async () => {
    const { parts, stop } = await answerOf(await open(kind), said('hello'));
    expect(parts).toMatchObject([
      { type: 'reasoning', text: 'a greeting' },
      { type: 'text', text: 'Hello there, 世界 🌍' },
    ]);
    expect(stop).toBe('end');
  });

  test(`${kind}: calls go out, results go back, and thoughts with them`, async () => {
    const provider = await open(kind);
    const request = said('read');
    const { parts, stop } = await answerOf(provider, request);
    expect(stop).toBe('tools');
    const calls = parts.filter((part) => part.type === 'tool_call');
    expect(calls.map(({ args }) => args)).toEqual([
      { kind: 'json', value: { path: 'a.txt' } },
      { kind: 'json', value: { path: 'b.txt' } },
    ]);
    const results: Message = {
      role: 'user',
      parts: calls.map(({ callId }) => ({ type: 'tool_result', callId, content: `of ${callId}`, isError: false })),
    };
    mock.prependFixture({ match: { toolCallId: calls[1]!.callId }, response: { content: 'Both are read.' } });
    const next = { ...request, messages: [...request.messages, { role: 'assistant', parts } as Message, results] };
    expect((await answerOf(provider, next)).parts).toMatchObject([{ type: 'text', text: 'Both are read.' }]);
    const sent = JSON.stringify(mock.getLastRequest()?.body);
    for (const { callId } of calls) expect(sent).toContain(`of ${callId}`);
  });

  test.each([
    ['drops requests', { dropRate: 1 }, { code: 'server', retryable: true, retryAfterMs: null }],
    [
      'limits the rate',
      { rateLimitRate: 1 },
      { code: 'rate_limited', retryable: true, retryAfterMs: expect.any(Number) },
    ],
    ['hangs up', { disconnectRate: 1 }, { code: 'cut', retryable: true, retryAfterMs: null }],
    ['talks nonsense', { malformedRate: 1 }, { code: 'malformed', retryable: true, retryAfterMs: null }],
  ])(`${kind}: a server that %s`, async (_, chaos, expected) => {
    mock.setChaos(chaos);
    expect(await failureOfAnswer(answerOf(await open(kind), said('hello')))).toMatchObject(expected);
  });

  test.each([
    [401, 'auth'],
    [429, 'rate_limited'],
    [500, 'server'],
    [529, 'overloaded'],
  ])(`${kind}: status %i`, async (status, code) => {
    mock.nextRequestError(status, { message: 'as told', type: 'some_error' });
    const error = await failureOfAnswer(answerOf(await open(kind), said('hello')));
    expect(error.code).toBe(code);
    expect(error.message).toContain('as told');
  });

  test.each([1, 2, 3, 4, 6, 8])(
    `${kind}: an answer that is cut after %i chunks is no answer`,
    async (truncateAfterChunks) => {
      mock.onMessage(
        'cut',
        { content: 'This answer is long enough to be cut in the middle of it.' },
        { truncateAfterChunks },
      );
      expect(await failureOfAnswer(answerOf(await open(kind), said('cut')))).toMatchObject({
        code: 'cut',
        retryable: true,
      });
    },
  );

  test(`${kind}: what passes is over after some tries, and the answer is the same as without them`, async () => {
    const provider = await open(kind);
    const whole = await answerOf(provider, said('hello'));
    for (const status of [529, 500, 429]) mock.nextRequestError(status, { message: 'try again' });
    const waits: number[] = [];
    const attempt = async (count: number): Promise<unknown> => {
      try {
        return await answerOf(provider, said('hello'));
      } catch (error) {
        const wait = error instanceof ProviderError ? retryDelay(error, count, 0) : null;
        if (wait === null) throw error;
        waits.push(wait);
        return attempt(count + 1);
      }
    };
    expect(await attempt(1)).toEqual(whole);
    expect(waits).toHaveLength(3);
  });
}

test('anthropic: signatures and encrypted thoughts come down to the letter, and are taken back', async () => {
  const provider = await open('anthropic');
  const request = said('read');
  const { parts } = await answerOf(provider, request);
  const results = parts.flatMap((part) =>
    part.type === 'tool_call'
      ? [{ type: 'tool_result' as const, callId: part.callId, content: 'ok', isError: false }]
      : [],
  );
  mock.prependFixture({ match: { toolCallId: results[1]!.callId }, response: { content: 'done' } });
  const messages: Message[] = [...request.messages, { role: 'assistant', parts }, { role: 'user', parts: results }];
  expect((await answerOf(provider, { ...request, messages })).stop).toBe('end');
  const opaque = parts.flatMap((part) => (part.type === 'reasoning' ? [part.opaque] : []));
  expect(opaque).toEqual([
    { provider: 'anthropic/claude-opus-4-5', data: 'ENCRYPTED', redacted: true },
    { provider: 'anthropic/claude-opus-4-5', data: 'SIG2==', redacted: false },
  ]);
});
