/** Reads the JSON body of a request: bounded in bytes and depth, UTF-8 only, and free of keys that reach a prototype. */
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';

/**
 * The parsed body, not yet held against a schema. Throws a Fault: 415 for another content type, 413 for more than the limit,
 * 400 for what is not UTF-8, not JSON, too deep, or has a prototype key.
 */
export async function readJson(request: Request, limit: BodyLimit = LIMITS.requestBodyBytes): Promise<unknown> {
  requireJson(request.headers);
  const text = decode(await readBounded(request, limit));
  refuseDepth(text);
  const value = parse(text);
  refusePrototypeKeys(value, 'body');
  return value;
}

type BodyLimit = Pick<(typeof LIMITS)['requestBodyBytes'], 'value' | 'why'>;

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i;

function requireJson(headers: Headers): void {
  const type = headers.get('content-type') ?? '';
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (JSON_TYPE.test(type) && encoding.toLowerCase() === 'identity') return;
  const came = type === '' ? 'no content-type' : `"${type.slice(0, 80)}"`;
  throw new Fault({
    status: 415,
    code: 'not_json',
    message: `Expected a body of type application/json in UTF-8, not compressed; got ${came}, encoding ${encoding.slice(0, 40)}.`,
    hint: 'Send the header content-type: application/json.',
  });
}

async function readBounded(request: Request, limit: BodyLimit): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit.value) throw tooLarge(limit, `${announced} bytes were announced`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > limit.value) throw tooLarge(limit, 'more than that came');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    // Nobody is left to read this; it only must not pass for an error of ours.
    throw malformed('body_cut', 'Expected a whole body; the connection ended before it.');
  }
  return Buffer.concat(chunks, size);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('invalid_utf8', 'Expected a body in UTF-8; some bytes are not.');
  }
}

/** Counts brackets outside of strings, so that a deep body is refused before a parser walks down it. */
function refuseDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) inString = !inString;
    else if (inString && code === BACKSLASH) i++;
    else if (inString) continue;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    if (depth > LIMITS.jsonDepth.value)
      throw malformed('too_deep', `Expected JSON at most ${LIMITS.jsonDepth.value} levels deep; this is deeper.`);
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof SyntaxError && text !== '' ? 'it does not parse' : 'it is empty';
    throw malformed('bad_json', `Expected a JSON body; ${why}.`);
  }
}

/**
 * `__proto__` anywhere, and `constructor` that holds `prototype`: the two ways by which a copied or merged object reaches what
 * all objects share. A key that is only called `constructor` passes: a file may have that name.
 */
function refusePrototypeKeys(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, held] of Object.entries(value)) {
    const reaches =
      key === 'constructor' && typeof held === 'object' && held !== null && Object.hasOwn(held, 'prototype');
    if (key === '__proto__' || reaches)
      throw malformed('prototype_key', `Expected plain data; ${where} has the key "${key}", which is refused.`);
    refusePrototypeKeys(held, Array.isArray(value) ? `${where}[${key}]` : `${where}.${key.slice(0, 40)}`);
  }
}

const malformed = (code: string, message: string) => new Fault({ status: 400, code, message });

const tooLarge = (limit: BodyLimit, came: string) =>
  new Fault({
    status: 413,
    code: 'body_too_large',
    message: `Expected at most ${limit.value} bytes; ${came}.`,
    hint: limit.why,
  });
