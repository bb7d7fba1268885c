/** The greeting of TLS: the one name that a client says in clear before anything is encrypted (RFC 8446 §4.1.2, RFC 6066 §3). */

/** `more`: it is not whole yet. `name` is '' where the greeting names no server. `other`: these bytes are no TLS. */
export type Hello = { kind: 'more' } | { kind: 'other' } | { kind: 'hello'; name: string } | { kind: 'broken' };

const RECORD_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const MOST_RECORD = 16_384 + 256;

/** Reads the first bytes of a client. Reads nothing beyond the greeting, however it was cut into records. */
export function readHello(bytes: Buffer): Hello {
  if (bytes.length === 0) return { kind: 'more' };
  if (bytes[0] !== RECORD_HANDSHAKE || (bytes.length > 1 && bytes[1] !== 3)) return { kind: 'other' };
  const { body, broken } = handshakeOf(bytes);
  if (broken) return { kind: 'broken' };
  if (body.length < 4) return { kind: 'more' };
  if (body[0] !== CLIENT_HELLO) return { kind: 'broken' };
  const length = body.readUIntBE(1, 3);
  if (body.length < 4 + length) return { kind: 'more' };
  try {
    return { kind: 'hello', name: serverName(new Reader(body.subarray(4, 4 + length))) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'broken' };
    throw error;
  }
}

/** The handshake message out of the records that carry it, as far as it has come. */
function handshakeOf(bytes: Buffer): { body: Buffer; broken: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 3);
    const isOne = bytes[at] === RECORD_HANDSHAKE && bytes[at + 1] === 3 && length > 0 && length <= MOST_RECORD;
    if (!isOne) return { body: Buffer.concat(parts), broken: !isWhole(parts) };
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return { body: Buffer.concat(parts), broken: false };
}

function isWhole(parts: readonly Buffer[]): boolean {
  const body = Buffer.concat(parts);
  return body.length >= 4 && body.length >= 4 + body.readUIntBE(1, 3);
}

function serverName(hello: Reader): string {
  hello.skip(2 + 32);
  hello.skip(hello.number(1));
  hello.skip(hello.number(2));
  hello.skip(hello.number(1));
  if (hello.left() === 0) return '';
  const extensions = hello.part(hello.number(2));
  let name = '';
  let seen = false;
  while (extensions.left() > 0) {
    const type = extensions.number(2);
    const data = extensions.part(extensions.number(2));
    if (type !== SERVER_NAME) continue;
    // A second one would leave it to the server which of them counts.
    if (seen) throw new RangeError('two lists of names');
    seen = true;
    name = hostName(data.part(data.number(2)));
  }
  return name;
}

function hostName(list: Reader): string {
  const type = list.number(1);
  const name = list.text(list.number(2));
  if (type !== 0 || list.left() > 0) throw new RangeError('expected one name of a host');
  return name;
}

/** Throws a RangeError where it is asked for more than there is. */
class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    if (count > this.left()) throw new RangeError('cut short');
    this.#at += count;
  }

  number(size: number): number {
    this.skip(size);
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  part(count: number): Reader {
    this.skip(count);
    return new Reader(this.#bytes.subarray(this.#at - count, this.#at));
  }

  text(count: number): string {
    this.skip(count);
    return this.#bytes.toString('latin1', this.#at - count, this.#at);
  }
}
