/** The greeting of TLS, as real clients send it, however it is cut. */
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHello } from '../../../server/run/proxy/hello.ts';

/** The first bytes of a client that wants to speak with this host. */
function greetingOf(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) =>
      socket.once('data', (chunk) => {
        socket.destroy();
        server.close();
        resolve(chunk);
      }),
    );
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      connect({ host: '127.0.0.1', port, servername }).on('error', () => undefined);
    });
  });
}

describe('a greeting', () => {
  let named: Buffer = Buffer.alloc(0);
  beforeAll(async () => {
    named = await greetingOf('registry.example.org');
  });

  it('names its host, or none', async () => {
    expect(readHello(named)).toEqual({ kind: 'hello', name: 'registry.example.org' });
    expect(readHello(await greetingOf(''))).toEqual({ kind: 'hello', name: '' });
  });

  it('is waited for until it is whole', () => {
    for (let length = 0; length < named.length; length++)
      expect(readHello(named.subarray(0, length)).kind, `${length} bytes`).toBe('more');
    expect(readHello(Buffer.concat([named, Buffer.from('more')]))).toMatchObject({ name: 'registry.example.org' });
  });

  it('is read the same however it is cut into records', () => {
    const body = named.subarray(5);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const records: Buffer[] = [];
        for (let at = 0, i = 0; at < body.length; i++) {
          const part = body.subarray(at, at + sizes[i % sizes.length]!);
          records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
          at += part.length;
        }
        expect(readHello(Buffer.concat(records))).toEqual({ kind: 'hello', name: 'registry.example.org' });
      }),
    );
  });

  it('is never one where the bytes are others, and no bytes break the reader', () => {
    expect(readHello(Buffer.from('SSH-2.0-x')).kind).toBe('other');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readHello(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.nat(named.length - 1), fc.nat(255), (at, byte) => {
        const bent = Buffer.from(named);
        bent[at] = byte;
        expect(['hello', 'broken', 'more', 'other']).toContain(readHello(bent).kind);
      }),
    );
  });

  it('with two lists of names is broken: the server could believe the other one', () => {
    const name = Buffer.from('a.test');
    const list = Buffer.concat([Buffer.from([0, 0, 0, name.length + 5, 0, name.length + 3, 0, 0, name.length]), name]);
    const extensions = Buffer.concat([list, list]);
    const head = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0])]);
    const hello = Buffer.concat([head, Buffer.from([extensions.length >> 8, extensions.length & 0xff]), extensions]);
    const bytes = (both: Buffer) => {
      const message = Buffer.concat([Buffer.from([1, 0, both.length >> 8, both.length & 0xff]), both]);
      return Buffer.concat([Buffer.from([22, 3, 1, message.length >> 8, message.length & 0xff]), message]);
    };
    expect(readHello(bytes(hello)).kind).toBe('broken');
    const one = Buffer.concat([head, Buffer.from([list.length >> 8, list.length & 0xff]), list]);
    expect(readHello(bytes(one))).toEqual({ kind: 'hello', name: 'a.test' });
  });
});
