/** A good answer, cut at every byte and split at every byte: it is whole or it is an error, never another answer. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Socket } from 'node:net';
import { openAnthropic } from '../../server/llm/anthropic.ts';
import type { Collected } from '../../server/llm/collect.ts';
import { openOpenAI } from '../../server/llm/openai.ts';
import { ProviderError } from '../../server/llm/provider.ts';
import { LONG } from '../long.ts';
import { answerOf, direct, serveBytes, spec } from './http.ts';
import { ANTHROPIC_STREAM, OPENAI_STREAM } from './wire.ts';

const STREAMS = { anthropic: ANTHROPIC_STREAM, openai: OPENAI_STREAM } as const;
type Kind = keyof typeof STREAMS;
const KINDS = Object.keys(STREAMS) as Kind[];

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
const closing = (kind: Kind) => Buffer.from(`${HEAD}connection: close\r\n\r\n${STREAMS[kind]}`);
const sized = (kind: Kind) =>
  Buffer.from(`${HEAD}content-length: ${Buffer.byteLength(STREAMS[kind])}\r\n\r\n${STREAMS[kind]}`);

/** The byte from which on the answer is there: the end of all, or the chunk that says why the answer ended. */
function wholeFrom(kind: Kind): number {
  const bytes = closing(kind);
  return kind === 'anthropic' ? bytes.length : bytes.indexOf('\n\n', bytes.indexOf('"finish_reason":"tool_calls"')) + 2;
}

let act: (socket: Socket) => void;
let server: Awaited<ReturnType<typeof serveBytes>>;
beforeAll(async () => {
  server = await serveBytes((socket) => act(socket));
});
afterAll(() => server.close());

const open = (kind: Kind) =>
  (kind === 'anthropic' ? openAnthropic : openOpenAI)(spec(kind, server.url), { fetch: direct, idleMs: 5_000 });

/** All offsets in the long run; else every one near the end, where an answer is nearly whole, and a sample of the rest. */
function offsets(length: number): number[] {
  const all = Array.from({ length }, (_, at) => at);
  return LONG ? all : all.filter((at) => (at > length - 120 ? at % 3 === 0 : at % 97 === 0));
}

async function outcome(kind: Kind): Promise<Collected | ProviderError> {
  try {
    return await answerOf(open(kind));
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

const endings: Record<string, (socket: Socket) => void> = {
  'closed in order': (socket) => void socket.end(),
  reset: (socket) => void socket.end(() => socket.resetAndDestroy()),
};

for (const kind of KINDS) {
  const full = async () => {
    act = (socket) => void socket.end(closing(kind));
    return answerOf(open(kind));
  };

  test.each(Object.keys(endings))(
    `${kind}: cut at any byte and %s, an answer is whole or an error that can be tried again`,
    async (ending) => {
      const whole = await full();
      const bytes = closing(kind);
      for (const at of offsets(bytes.length)) {
        act = (socket) => void socket.write(bytes.subarray(0, at), () => endings[ending]!(socket));
        const came = await outcome(kind);
        if (came instanceof ProviderError) {
          expect({ at, code: came.code, retryable: came.retryable }).toEqual({
            at,
            code: expect.stringMatching(/^(cut|network)$/),
            retryable: true,
          });
        } else {
          expect(at).toBeGreaterThanOrEqual(wholeFrom(kind));
          // The token counts of a chat completion come after its end: they may be lost, the answer may not be another.
          expect({ at, parts: came.parts, stop: came.stop }).toEqual({ at, parts: whole.parts, stop: whole.stop });
        }
      }
    },
  );

  test(`${kind}: a body shorter than its length says is cut, wherever it ends`, async () => {
    const bytes = sized(kind);
    const head = bytes.indexOf('\r\n\r\n') + 4;
    for (const at of offsets(bytes.length - head - 40).map((offset) => offset + head)) {
      act = (socket) => void socket.end(bytes.subarray(0, at));
      expect(await outcome(kind)).toMatchObject({ code: 'cut', retryable: true });
    }
  });

  test(`${kind}: split in two at any byte, it is the same answer`, async () => {
    const whole = await full();
    const bytes = closing(kind);
    for (const at of offsets(bytes.length)) {
      act = (socket) => {
        socket.setNoDelay(true);
        socket.write(bytes.subarray(0, at), () => setImmediate(() => socket.end(bytes.subarray(at))));
      };
      expect({ at, came: await outcome(kind) }).toEqual({ at, came: whole });
    }
  });

  test(`${kind}: sent byte by byte, it is the same answer`, async () => {
    const whole = await full();
    const bytes = closing(kind);
    act = (socket) => {
      socket.setNoDelay(true);
      for (const byte of bytes) socket.write(Uint8Array.of(byte));
      socket.end();
    };
    expect(await outcome(kind)).toEqual(whole);
  });
}
