/** An answer put together from a stream of any kind, hostile ones too. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { AssistantPart, StopReason } from '../../shared/message.ts';
import { collect } from '../../server/llm/collect.ts';
import { ProviderError, type ModelEvent } from '../../server/llm/provider.ts';
import { runs } from '../long.ts';

async function* stream(events: Iterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  yield* events;
}

const END: ModelEvent = { type: 'end', stop: 'end' };
const start = (index: number, id = `c${index}`, name = 'read_file'): ModelEvent => ({
  type: 'call.start',
  index,
  id,
  name,
});
const args = (index: number, text: string): ModelEvent => ({ type: 'call.args', index, text });
const one = (text: string): ModelEvent[] => [start(0), args(0, text), END];

function gather(events: Iterable<ModelEvent>, used: string[] = []) {
  const heard = { text: '', reasoning: '', calls: [] as [string, string, number][] };
  const listeners = {
    onText: (text: string) => void (heard.text += text),
    onReasoning: (text: string) => void (heard.reasoning += text),
    onCall: (id: string, name: string, bytes: number) => void heard.calls.push([id, name, bytes]),
  };
  return collect(stream(events), listeners, new Set(used)).then((answer) => ({ ...answer, heard }));
}

const argsOf = async (text: string) => {
  const [part] = (await gather(one(text))).parts;
  if (part?.type !== 'tool_call') throw new Error('no call');
  return part.args;
};

test('puts parts together in the order in which they began', async () => {
  const answer = await gather([
    { type: 'reasoning', text: 'a' },
    { type: 'reasoning', text: 'b' },
    { type: 'reasoning.end', opaque: null },
    { type: 'reasoning', text: 'c' },
    { type: 'reasoning.end', opaque: { provider: 'p', data: 's', redacted: false } },
    { type: 'text', text: 'd' },
    { type: 'text', text: 'e' },
    start(4, 'x'),
    start(2, 'y'),
    args(2, '{"n":'),
    args(4, '{}'),
    args(2, '2}'),
    { type: 'text', text: 'f' },
    { type: 'usage', usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 } },
    { type: 'end', stop: 'tools' },
  ]);
  expect(answer.parts).toEqual([
    { type: 'reasoning', text: 'ab', opaque: null },
    { type: 'reasoning', text: 'c', opaque: { provider: 'p', data: 's', redacted: false } },
    { type: 'text', text: 'de' },
    { type: 'tool_call', callId: 'x', name: 'read_file', args: { kind: 'json', value: {} } },
    { type: 'tool_call', callId: 'y', name: 'read_file', args: { kind: 'json', value: { n: 2 } } },
    { type: 'text', text: 'f' },
  ]);
  expect(answer).toMatchObject({ stop: 'tools', usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 } });
  expect(answer.heard).toEqual({
    text: 'def',
    reasoning: 'abc',
    calls: [
      ['x', 'read_file', 0],
      ['y', 'read_file', 0],
      ['y', 'read_file', 5],
      ['x', 'read_file', 2],
      ['y', 'read_file', 7],
    ],
  });
});

test('stops for tools if and only if there are calls', async () => {
  expect(
    await gather([
      { type: 'text', text: 'a' },
      { type: 'end', stop: 'tools' },
    ]),
  ).toMatchObject({ stop: 'end' });
  expect(await gather([start(0), END])).toMatchObject({ stop: 'tools' });
  expect(await gather([start(0), { type: 'end', stop: 'length' }])).toMatchObject({ stop: 'tools' });
});

test('leaves out the calls of an answer that the provider took back', async () => {
  expect(await gather([start(0), args(0, '{}'), { type: 'end', stop: 'refusal' }])).toMatchObject({
    parts: [],
    stop: 'refusal',
  });
});

test.each([
  ['empty', ''],
  ['with a space', 'a b'],
  ['too long', 'x'.repeat(65)],
  ['not ASCII', 'çall'],
  ['used in the session', 'old'],
  ['a path', '../../etc'],
])('gives a call a new id where its own is %s', async (_, id) => {
  const { parts, heard } = await gather([start(0, id), END], ['old']);
  const [part] = parts;
  expect(part).toMatchObject({ type: 'tool_call', callId: expect.stringMatching(/^call_[0-9a-z]{26}$/) });
  expect(heard.calls[0]?.[0]).toBe(part?.type === 'tool_call' && part.callId);
});

test('gives the second of two calls with one id a new one, and keeps their arguments apart', async () => {
  const { parts } = await gather([start(0, 'same'), args(0, '{"a":1}'), start(1, 'same'), args(1, '{"a":2}'), END]);
  expect(parts).toMatchObject([{ callId: 'same', args: { value: { a: 1 } } }, { args: { value: { a: 2 } } }]);
  expect(new Set(parts.map((part) => part.type === 'tool_call' && part.callId)).size).toBe(2);
});

test.each(['', 'read file', 'read_file ', 'read_file\u200b', 'r'.repeat(65), 'a/../read_file', '\u0000'])(
  'never makes the name %j that of another tool, nor one that a provider refuses',
  async (name) => {
    const [part] = (await gather([start(0, 'c', name), END])).parts;
    expect(part).toMatchObject({ name: expect.stringMatching(/^unknown_[A-Za-z0-9_-]{0,56}$/) });
  },
);

test.each([
  ['nothing at all', ''],
  ['white space', ' \n'],
  ['an empty object', '{}'],
])('takes %s as no arguments', async (_, text) => {
  expect(await argsOf(text)).toEqual({ kind: 'json', value: {} });
});

const deep = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

test.each([
  ['half of an object', '{"path": "a', /not JSON/],
  ['two objects', '{}{}', /not JSON/],
  ['prose', 'read the file', /not JSON/],
  ['an array', '[1]', /an array came/],
  ['null', 'null', /null came/],
  ['a string', '"{}"', /a string came/],
  ['a number', '1', /a number came/],
  ['__proto__', '{"__proto__":{"x":1}}', /"__proto__"/],
  ['constructor, deep', '{"a":[{"b":{"constructor":1}}]}', /"constructor"/],
  ['prototype', '{"prototype":1}', /"prototype"/],
  ['an escaped __proto__', '{"\\u005f_proto__":1}', /"__proto__"/],
  ['a number beyond all numbers', '{"startLine":1e999}', /too large/],
  ['too many levels', deep(65), /64 deep/],
  ['a hundred thousand levels', deep(100_000), /64 deep/],
])('does not take %s for arguments, and says why', async (_, text, problem) => {
  expect(await argsOf(text)).toMatchObject({
    kind: 'malformed',
    problem: expect.stringMatching(problem),
    raw: text.slice(0, LIMITS.malformedChars.value),
  });
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test('takes 64 levels, and values that only look like keys', async () => {
  expect(await argsOf(deep(64))).toMatchObject({ kind: 'json' });
  expect(await argsOf('{"content":"__proto__","list":["constructor"]}')).toMatchObject({ kind: 'json' });
});

test('a call at which the answer was cut off by its length is not run, though it may look whole', async () => {
  const { parts } = await gather([
    start(0, 'a'),
    args(0, '{"path":"a"}'),
    start(1, 'b'),
    { type: 'end', stop: 'length' },
  ]);
  expect(parts).toMatchObject([
    { args: { kind: 'json' } },
    { args: { kind: 'malformed', problem: expect.stringContaining('longest length') } },
  ]);
});

test('ten megabytes of arguments are counted, not kept, and the rest of the answer stands', async () => {
  const piece = 'x'.repeat(1_000);
  function* huge(): Generator<ModelEvent> {
    yield { type: 'text', text: 'before' };
    yield start(0);
    yield args(0, '{"content":"');
    for (let i = 0; i < 10_000; i++) yield args(0, piece);
    yield args(0, '"}');
    yield start(1, 'after');
    yield args(1, '{"path":"a"}');
    yield END;
  }
  const { parts, heard } = await gather(huge());
  expect(parts).toMatchObject([
    { type: 'text', text: 'before' },
    {
      args: {
        kind: 'malformed',
        raw: expect.stringMatching(/^\{"content":"x+$/),
        problem: expect.stringContaining('10000014 bytes'),
      },
    },
    { callId: 'after', args: { kind: 'json', value: { path: 'a' } } },
  ]);
  const kept = parts[1]?.type === 'tool_call' && parts[1].args.kind === 'malformed' ? parts[1].args.raw : '';
  expect(kept).toHaveLength(LIMITS.malformedChars.value);
  expect(heard.calls.at(-3)?.[2]).toBe(10_000_014);
});

test('a thousand calls are 64 and one that tells of the rest', async () => {
  function* many(): Generator<ModelEvent> {
    for (let i = 0; i < 1_000; i++) yield* [start(i, `c${i}`), args(i, `{"n":${i}}`)];
    yield END;
  }
  const { parts } = await gather(many());
  expect(parts).toHaveLength(65);
  expect(parts[63]).toMatchObject({ callId: 'c63', args: { kind: 'json', value: { n: 63 } } });
  expect(parts[64]).toMatchObject({
    callId: 'c64',
    args: { kind: 'malformed', problem: expect.stringContaining('935 more were left out') },
  });
});

test('calls that are too long together are told apart from those that fitted', async () => {
  const big = `{"content":"${'x'.repeat(2_000_000)}"}`;
  const { parts } = await gather([0, 1, 2, 3, 4].flatMap((at) => [start(at), args(at, big)]).concat(END));
  expect(parts.map((part) => part.type === 'tool_call' && part.args.kind)).toEqual([
    'json',
    'json',
    'json',
    'malformed',
    'malformed',
  ]);
});

test.each(['text', 'reasoning'] as const)(
  '%s without end is stopped at its bound, and the stream let go',
  async (type) => {
    let open = true;
    function* endless(): Generator<ModelEvent> {
      try {
        for (;;) yield { type, text: '🌍'.repeat(5_000) };
      } finally {
        open = false;
      }
    }
    const { parts, stop } = await gather(endless());
    expect(stop).toBe('length');
    expect(open).toBe(false);
    const [part] = parts;
    const text = part?.type === 'text' || part?.type === 'reasoning' ? part.text : '';
    expect(text.length).toBeGreaterThan(1_900_000);
    expect(text.length).toBeLessThanOrEqual(LIMITS.assistantChars.value);
    expect(text).not.toMatch(/\p{Surrogate}/u);
  },
);

test('arguments without end are stopped too, with little kept', async () => {
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  function* endless(): Generator<ModelEvent> {
    yield start(0);
    for (let i = 0; ; i++) {
      yield args(0, `${i}:${'y'.repeat(100_000)}`);
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
  }
  const { parts, stop } = await gather(endless());
  expect(stop).toBe('tools');
  expect(parts).toMatchObject([{ args: { kind: 'malformed' } }]);
  expect(peak).toBeLessThan(200 * 2 ** 20);
});

test('a signature for which there is no room ends the answer rather than being halved', async () => {
  const opaque = { provider: 'p', data: 's'.repeat(LIMITS.answerBytes.value + 1), redacted: true };
  expect(await gather([{ type: 'reasoning.end', opaque }, { type: 'text', text: 'x' }, END])).toMatchObject({
    parts: [],
    stop: 'length',
  });
});

test('a stream that ends without an end is cut', async () => {
  await expect(gather([{ type: 'text', text: 'half' }])).rejects.toMatchObject({ code: 'cut', retryable: true });
  await expect(gather([])).rejects.toBeInstanceOf(ProviderError);
});

test('arguments for a call that never began are malformed', async () => {
  await expect(gather([args(3, '{}'), END])).rejects.toMatchObject({ code: 'malformed' });
});

test('what the stream throws comes through as it was', async () => {
  const why = new Error('stopped');
  async function* broken(): AsyncGenerator<ModelEvent> {
    yield { type: 'text', text: 'a' };
    throw why;
  }
  const quiet = { onText: () => {}, onReasoning: () => {}, onCall: () => {} };
  await expect(collect(broken(), quiet, new Set())).rejects.toBe(why);
});

const anyEvent: fc.Arbitrary<ModelEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('text' as const, 'reasoning' as const), text: fc.string() }),
  fc.record({
    type: fc.constant('reasoning.end' as const),
    opaque: fc.option(fc.record({ provider: fc.string(), data: fc.string(), redacted: fc.boolean() })),
  }),
  fc.record({
    type: fc.constant('call.start' as const),
    index: fc.nat(3),
    id: fc.oneof(fc.string(), fc.constantFrom('a', 'b')),
    name: fc.string(),
  }),
  fc.record({ type: fc.constant('call.args' as const), index: fc.nat(3), text: fc.oneof(fc.string(), fc.json()) }),
);

test('whatever comes, the answer fits its schema, its ids are its own, or it is a ProviderError', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { maxLength: 30 }),
      fc.constantFrom(...StopReason.options),
      async (events, stop) => {
        try {
          const answer = await gather([...events, { type: 'end', stop }], ['a']);
          expect(AssistantPart.array().parse(answer.parts)).toEqual(answer.parts);
          const ids = answer.parts.flatMap((part) => (part.type === 'tool_call' ? [part.callId] : []));
          expect(new Set([...ids, 'a']).size).toBe(ids.length + 1);
          expect(ids.every((id) => CallId.safeParse(id).success)).toBe(true);
          expect(answer.stop === 'tools').toBe(ids.length > 0);
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderError);
        }
      },
    ),
    { numRuns: runs(200) },
  );
});
