/** The request to a collector: certificates are looked at, no proxy and no other way of the environment is taken. */
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPost } from '../../server/collector/post.ts';
import { LIMITS } from '../../shared/limits.ts';
import { startCollector } from '../fixtures/collector.ts';
import { selfSigned } from '../llm/self-signed.ts';

const NEVER = new AbortController().signal;
const EMPTY = Buffer.from('{"resourceLogs":[]}');

/** Sets variables of this process, where a library may look for them, until the test ends. */
function environment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

describe('a request', () => {
  it('is not sent to whoever shows a certificate that nobody signed, whatever the environment says', async () => {
    environment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    let asked = 0;
    const server = https.createServer(selfSigned(), (_request, response) => {
      asked += 1;
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const post = createPost(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`, {
      authorization: 'x',
    });
    expect(await post(EMPTY, NEVER)).toMatchObject({
      kind: 'later',
      why: expect.stringMatching(/SELF_SIGNED|ALTNAME/) as string,
    });
    post.close();
    expect(asked).toBe(0);
  });

  it('goes straight there, though the environment names proxies and headers', async () => {
    environment({
      ...{ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1', NO_PROXY: '' },
      OTEL_EXPORTER_OTLP_HEADERS: 'x-from-environment=1',
    });
    const collector = await startCollector();
    const post = createPost(collector.url, {});
    expect((await post(EMPTY, NEVER)).kind).toBe('taken');
    post.close();
    expect(collector.headers[0]).not.toHaveProperty('x-from-environment');
  });

  it('reads no more of an answer than it needs', async () => {
    const body = ' '.repeat(4 * LIMITS.otlpAnswerBytes.value);
    const collector = await startCollector(() => ({ status: 200, body }));
    const post = createPost(collector.url, {});
    const posted = await post(EMPTY, NEVER);
    post.close();
    expect(posted.kind === 'taken' && posted.answer.byteLength).toBeLessThanOrEqual(LIMITS.otlpAnswerBytes.value);
  });

  it.each([
    ['nonsense', 'soon', null],
    ['a number that no clock has', '99999999999999999999', null],
    ['a day', '86400', LIMITS.otlpRetryAfterMs.value],
    ['a date that is over', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['less than nothing', '-5', null],
  ])('asked to wait for %s waits for a time that is bounded', async (_, retryAfter, afterMs) => {
    const collector = await startCollector(() => ({ status: 429, headers: { 'retry-after': retryAfter } }));
    const post = createPost(collector.url, {});
    expect(await post(EMPTY, NEVER)).toEqual({ kind: 'later', why: 'it answers 429', afterMs });
    post.close();
  });

  it('ends when it is told to', async () => {
    const collector = await startCollector(() => 'hang');
    const post = createPost(collector.url, {});
    const end = new AbortController();
    const posted = post(EMPTY, end.signal);
    await collector.until(() => collector.headers.length === 1);
    end.abort();
    expect((await posted).kind).toBe('later');
    post.close();
  });
});
