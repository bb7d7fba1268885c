/** A body that looks like a request stays a body, whatever the method: what the other side reads is one request. */
import { describe, expect, it } from 'vitest';
import { PUBLIC, web } from '../../fixtures/outside.ts';
import { house } from './house.ts';

describe('a body in chunks', () => {
  const INNER = 'GET /admin HTTP/1.1\r\nHost: other.example\r\n\r\n';
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'of %s stays one body to the other side, whatever it looks like',
    async (method) => {
      const { net, send: ask } = await house();
      const seen: string[] = [];
      await net.serve(
        `${PUBLIC}:80`,
        web((request, response) => {
          let body = '';
          request.on('data', (chunk) => (body += String(chunk)));
          request.on('end', () => {
            seen.push(`${request.method} ${request.url} ${body}`);
            response.end('ok');
          });
        }),
      );
      const chunk = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;
      const head = `${method} http://a.test/x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
      expect(await ask(head + chunk)).toMatch(/^HTTP\/1\.1 200 /);
      expect(seen).toEqual([`${method} /x ${INNER}`]);
    },
  );
});
