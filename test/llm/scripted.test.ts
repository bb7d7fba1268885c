/** Scripts: what is taken, what is refused and in which words, and how they are played. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import type { Message } from '../../shared/message.ts';
import type { ModelEvent } from '../../server/llm/provider.ts';
import { parseScript, readScript, type ScriptTurn, type RawTurn } from '../../server/llm/script.ts';
import { createScripted } from '../../server/llm/scripted.ts';
import { answerOf, ask, failureOfAnswer } from './http.ts';

const turnsOf = (...turns: unknown[]) => parseScript(JSON.stringify({ version: 1, turns }), 's.json');
const player = (...turns: (ScriptTurn | RawTurn)[]) => createScripted(turnsOf(...turns), { delayMs: 0 });

/** A request in a session in which the model has answered so many times. */
const after = (answers: number, first = 'hello') => {
  const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: first }] }];
  for (let i = 0; i < answers; i++) {
    messages.push(
      { role: 'assistant', parts: [{ type: 'text', text: 'a' }] },
      { role: 'user', parts: [{ type: 'text', text: 'u' }] },
    );
  }
  return ask({ messages });
};

async function events(turn: ScriptTurn | RawTurn): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const event of player(turn).stream(after(0), new AbortController().signal)) all.push(event);
  return all;
}

test('plays reasoning, text and calls, with ids and counts of its own or those that are written', async () => {
  const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };
  const turn = {
    reasoning: 'hm',
    text: 'reading',
    calls: [{ name: 'read_file', args: { path: 'a' } }, { name: 'x', args: 'no json', id: 'mine' }, { name: 'y' }],
    usage,
  };
  expect(await answerOf(createScripted(turnsOf(turn), { delayMs: 0 }), after(0))).toEqual({
    parts: [
      { type: 'reasoning', text: 'hm', opaque: null },
      { type: 'text', text: 'reading' },
      { type: 'tool_call', callId: 'turn0_call0', name: 'read_file', args: { kind: 'json', value: { path: 'a' } } },
      {
        type: 'tool_call',
        callId: 'mine',
        name: 'x',
        args: { kind: 'malformed', raw: 'no json', problem: expect.stringContaining('not JSON') },
      },
      { type: 'tool_call', callId: 'turn0_call2', name: 'y', args: { kind: 'json', value: {} } },
    ],
    usage,
    stop: 'tools',
  });
});

test('each session is at its own place, which is in its own messages', async () => {
  const provider = player({ text: 'one' }, { text: 'two' }, { text: 'three' });
  const text = async (answers: number) => (await answerOf(provider, after(answers))).parts[0];
  expect(await text(2)).toMatchObject({ text: 'three' });
  expect(await text(0)).toMatchObject({ text: 'one' });
  expect(await text(1)).toMatchObject({ text: 'two' });
  expect(await text(1)).toMatchObject({ text: 'two' });
  expect(await text(3)).toMatchObject({ text: expect.stringContaining('The script is over: all 3 turns') });
});

test('comes in pieces of whole characters', async () => {
  expect(await events({ text: 'ab🌍cd', chunk: 2 })).toEqual([
    { type: 'text', text: 'ab' },
    { type: 'text', text: '🌍c' },
    { type: 'text', text: 'd' },
    { type: 'usage', usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } },
    { type: 'end', stop: 'end' },
  ]);
});

test('an error comes after what was said before it, each time or as often as it is written', async () => {
  const heard: ModelEvent[] = [];
  const always = player({ text: 'half', error: { code: 'overloaded', retryAfterMs: 5 } });
  const listen = async () => {
    for await (const event of always.stream(after(0), new AbortController().signal)) heard.push(event);
  };
  expect(await failureOfAnswer(listen())).toMatchObject({ code: 'overloaded', retryable: true, retryAfterMs: 5 });
  expect(heard).toEqual([{ type: 'text', text: 'half' }]);

  const twice = player({ text: 'at last', error: { code: 'cut', times: 2 } });
  expect(await failureOfAnswer(answerOf(twice, after(0)))).toMatchObject({ code: 'cut' });
  expect(await failureOfAnswer(answerOf(twice, after(0, 'another session')))).toMatchObject({ code: 'cut' });
  expect(await failureOfAnswer(answerOf(twice, after(0)))).toMatchObject({ code: 'cut' });
  expect((await answerOf(twice, after(0))).parts).toEqual([{ type: 'text', text: 'at last' }]);
});

test.each([
  ['auth', false],
  ['too_long', false],
  ['bad_request', false],
  ['server', true],
  ['network', true],
] as const)('the error %s is retryable: %s', async (code, retryable) => {
  expect(await failureOfAnswer(answerOf(player({ error: { code } }), after(0)))).toMatchObject({ code, retryable });
});

test('a raw turn is played as it stands, however wrong', async () => {
  const raw: ModelEvent[] = [
    { type: 'call.args', index: -4, text: '}' },
    { type: 'text', text: 'x' },
  ];
  expect(await events({ raw })).toEqual(raw);
  expect(await failureOfAnswer(answerOf(player({ raw: [{ type: 'text', text: 'x' }] }), after(0)))).toMatchObject({
    code: 'cut',
  });
  expect(await failureOfAnswer(answerOf(player({ raw: [] }), after(0)))).toMatchObject({ code: 'cut' });
});

test('a pause ends when the turn is stopped, with the reason that was given', async () => {
  const stop = new AbortController();
  const why = new Error('stopped by the person');
  const provider = createScripted(turnsOf({ text: 'one two', chunk: 3, delayMs: 60_000 }), { delayMs: 0 });
  const answer = answerOf(provider, after(0), stop.signal);
  setImmediate(() => stop.abort(why));
  await expect(answer).rejects.toBe(why);
});

test.each([
  ['no JSON', '{"version": 1,', /s\.json is not JSON/],
  ['an array', '[]', /the whole of it: .*expected object, received array/],
  ['another version', '{"version": 2, "turns": [{}]}', /version: .*expected 1/],
  ['no turns', '{"version": 1, "turns": []}', /turns: /],
  ['an unknown key', '{"version": 1, "turns": [{}], "model": "x"}', /"model"/],
  ['a name that is no name', '{"version": 1, "name": "a/b\\n", "turns": [{}]}', /name: expected 1 to 60/],
  ['a turn that is a text', '{"version": 1, "turns": [{}, "hi"]}', /turns\[1\]: .*expected object, received string/],
  ['a typo in a turn', '{"version": 1, "turns": [{"txt": "hi"}]}', /turns\[0\]: .*"txt"/],
  [
    'a text that is a number',
    '{"version": 1, "turns": [{}, {}, {"text": 3}]}',
    /turns\[2\]\.text: .*expected string, received number/,
  ],
  [
    'a call without a name',
    '{"version": 1, "turns": [{"calls": [{"args": {}}]}]}',
    /turns\[0\]\.calls\[0\]\.name: .*expected string, received undefined/,
  ],
  ['a chunk of nothing', '{"version": 1, "turns": [{"chunk": 0}]}', /turns\[0\]\.chunk: /],
  ['an unknown error', '{"version": 1, "turns": [{"error": {"code": "boom"}}]}', /turns\[0\]\.error\.code: .*"auth"/],
  [
    'a raw event of no kind',
    '{"version": 1, "turns": [{"raw": [{"type": "explode"}]}]}',
    /turns\[0\]\.raw\[0\]\.type: /,
  ],
])('refuses %s, and says where and what was expected', (_, text, message) => {
  expect(() => parseScript(text, 's.json')).toThrow(
    expect.objectContaining({ code: 'bad_script', message: expect.stringMatching(message) }),
  );
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vtcode-script-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('reads a script from its file', async () => {
  const path = join(folder, 'good.json');
  await writeFile(path, '{"version": 1, "name": "tour 1", "turns": [{"text": "hi"}]}');
  const script = await readScript(path);
  expect(script).toEqual({ name: 'tour 1', turns: [{ text: 'hi' }] });
  expect(createScripted(script, { delayMs: 0 })).toMatchObject({
    kind: 'scripted',
    models: [{ id: 'tour 1' }],
    note: 'a script of 1 turns, no model',
  });
});

test('refuses a file that is missing, is a folder, a pipe, endless or too long', async () => {
  const long = join(folder, 'long.json');
  await writeFile(long, ' '.repeat(LIMITS.scriptBytes.value + 1));
  await expect(readScript(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'bad_script',
    message: expect.stringContaining('could not be opened'),
  });
  await expect(readScript(folder)).rejects.toMatchObject({ message: expect.stringContaining('no plain file') });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await expect(readScript(join(folder, 'pipe'))).rejects.toMatchObject({
    message: expect.stringContaining('no plain file'),
  });
  await expect(readScript('/dev/zero')).rejects.toMatchObject({ message: expect.stringContaining('no plain file') });
  await expect(readScript(long)).rejects.toMatchObject({
    message: expect.stringContaining(`${LIMITS.scriptBytes.value + 1} bytes`),
  });
});
