/** The scripted demo, taken through its tour on a real folder. */
import { rgPath } from '@vscode/ripgrep';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Message, ToolCallPart, ToolResultPart } from '../../shared/message.ts';
import { collect } from '../../server/llm/collect.ts';
import { createDemo } from '../../server/llm/demo.ts';
import { nextDemoTurn } from '../../server/llm/demo-tour.ts';
import { CLOSING } from '../../server/llm/demo-words.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { createWriter, type Writer } from '../../server/run/write.ts';
import { createReader, type Reader } from '../../server/search/reader.ts';
import { openBlobs, type Blobs } from '../../server/store/blobs.ts';
import { COMMAND_DEFAULTS } from '../../server/tools/command-limits.ts';
import { TOOLS } from '../../server/tools/registry.ts';
import { ask } from './http.ts';

let base: string;
let root: string;
let read: Reader;
let write: Writer;
let blobs: Blobs;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'vtcode-demo-')));
  root = join(base, 'workspace');
  await mkdir(root);
  blobs = await openBlobs(join(base, 'blobs'));
  read = createReader({ root, spawn: createSpawn(), rgPath, pathRules: async () => [] });
  write = createWriter({ root, blobs });
});
afterEach(() => rm(base, { recursive: true }));

const DENIED = 'The person denied this. Nothing was changed.';
const UNTRUSTED =
  'Denied by policy. The workspace is not trusted: the agent reads and answers, it changes nothing. Asking again will not change this; go on without it or tell the person what you would need.';

/** What becomes of an edit: null lets it be done, a text is what the gate says instead. */
type Gate = (call: ToolCallPart) => string | null;
const allow: Gate = () => null;

type Result = Pick<ToolResultPart, 'content' | 'isError'>;
const good = (content: string): Result => ({ content, isError: false });
const bad = (content: string): Result => ({ content, isError: true });

/** Plans with the real tools, reads and writes with what really does so; only the answer of the gate is made up. */
async function perform(call: ToolCallPart, gate: Gate): Promise<Result> {
  const tool = TOOLS.find(({ name }) => name === call.name);
  if (!tool || call.args.kind !== 'json') return bad(`There is no tool ${call.name}.`);
  const { signal } = new AbortController();
  const planned = await tool.plan(tool.input.parse(call.args.value), {
    root,
    blobs,
    commands: COMMAND_DEFAULTS,
    signal,
  });
  if (planned.kind === 'refused') return bad(planned.message);
  if (planned.kind === 'plan') return good('The plan is noted.');
  const { action } = planned;
  if (action.kind === 'question') return good('The person answers: Have a bug mended');
  if (action.kind !== 'read' && action.kind !== 'edit') return bad('Commands need a sandbox, and none is in force.');
  const said = action.kind === 'edit' ? gate(call) : null;
  if (said !== null) return bad(said);
  const { outcome, content } = await (action.kind === 'read' ? read(action, signal) : write(action, signal));
  return { content, isError: outcome.status !== 'done' };
}

const quiet = { onText: () => {}, onReasoning: () => {}, onCall: () => {} };

interface Talk {
  messages: Message[];
  /** What the demo said in answer to the last message, and what it called. */
  said: string;
  called: string[];
}

/** One message of the person, and all that follows until the demo rests. */
async function say(text: string, talk: Talk | null, gate: Gate = allow): Promise<Talk> {
  const provider = createDemo({ delayMs: 0 });
  const messages: Message[] = [...(talk?.messages ?? []), { role: 'user', parts: [{ type: 'text', text }] }];
  const used = new Set(
    messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool_call' ? [part.callId] : []))),
  );
  const said: string[] = [];
  const called: string[] = [];
  for (let step = 0; step < 12; step++) {
    const { parts, stop } = await collect(
      provider.stream(ask({ messages }), new AbortController().signal),
      quiet,
      used,
    );
    messages.push({ role: 'assistant', parts });
    for (const part of parts) if (part.type === 'text') said.push(part.text);
    const calls = parts.filter((part) => part.type === 'tool_call');
    for (const { callId, name } of calls) {
      used.add(callId);
      called.push(name);
    }
    if (stop !== 'tools') return { messages, said: said.join('\n'), called };
    const results = await Promise.all(
      calls.map(async (call) => ({
        type: 'tool_result' as const,
        callId: call.callId,
        ...(await perform(call, gate)),
      })),
    );
    messages.push({ role: 'user', parts: results });
  }
  throw new Error(`it does not come to rest: ${called.join(', ')}`);
}

const TOUR = [
  'update_plan',
  'list_directory',
  'update_plan',
  'read_file',
  'update_plan',
  'edit_file',
  'update_plan',
  'read_file',
  'update_plan',
];

test('the tour reads a README, proposes a line that fits it, shows a refusal, and says how to go on', async () => {
  await writeFile(join(root, 'README.md'), '# My project\n\nIt does things.\n');
  await writeFile(join(root, 'a.ts'), 'export {};\n');
  const talk = await say('What can you do?', null);
  expect(talk.called).toEqual(TOUR);
  expect(await readFile(join(root, 'README.md'), 'utf8')).toBe(
    '# My project\n\n_This line was proposed by the vtcode demo, and you allowed it._\n\nIt does things.\n',
  );
  for (const words of [
    'scripted demo',
    'no model',
    'I propose a change',
    'Thank you',
    'To undo it',
    'Refused, as it should be',
    CLOSING,
    'ANTHROPIC_API_KEY',
    'LM Studio',
  ]) {
    expect(talk.said).toContain(words);
  }
});

test.each([
  ['an empty folder', {}, 'VTCODE-DEMO.md'],
  ['a folder without a README', { 'main.py': 'print(1)\n' }, 'VTCODE-DEMO.md'],
  ['a README without a title', { README: 'just text\n' }, 'VTCODE-DEMO.md'],
  ['a title that stands twice', { 'README.md': '# A\n# A\n' }, 'VTCODE-DEMO.md'],
  ['a demo file from before', { 'VTCODE-DEMO.md': 'mine\n' }, 'VTCODE-DEMO-2.md'],
])('in %s it proposes a new file', async (_, files, name) => {
  for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content as string);
  const talk = await say('hi', null);
  expect(talk.called).toContain('write_file');
  expect(await readFile(join(root, name), 'utf8')).toContain('vtcode demo');
  for (const [path, content] of Object.entries(files)) expect(await readFile(join(root, path), 'utf8')).toBe(content);
  expect(talk.said).toContain(`delete \`${name}\``);
});

test('a README that is a link, is sensitive or is a folder is left alone', async () => {
  await writeFile(join(base, 'outside.md'), '# Outside\n');
  await symlink('../outside.md', join(root, 'README.md'));
  await mkdir(join(root, 'readme.txt'));
  await writeFile(join(root, '.env'), 'KEY=1\n');
  const talk = await say('hi', null);
  expect(talk.called.filter((name) => name.endsWith('_file'))).toEqual(['write_file', 'read_file']);
  expect(await readFile(join(base, 'outside.md'), 'utf8')).toBe('# Outside\n');
});

test('line ends and a missing last one stay as they are', async () => {
  await writeFile(join(root, 'README.md'), '# T\r\n\r\ntext');
  await say('go', null);
  expect(await readFile(join(root, 'README.md'), 'utf8')).toMatch(/^# T\r\n\r\n_This line [^\n]*_\r\n\r\ntext$/);
});

test('a denial is taken calmly, and its reason is quoted', async () => {
  await writeFile(join(root, 'README.md'), '# T\n');
  const talk = await say('go', null, () => `${DENIED} They say: not in the README, please`);
  expect(talk.said).toContain(
    'You denied it, so nothing was changed. Your reason came through: «not in the README, please»',
  );
  expect(talk.said).toContain(CLOSING);
  expect(await readFile(join(root, 'README.md'), 'utf8')).toBe('# T\n');
  expect((await say('go', null, () => DENIED)).said).toContain('You denied it, so nothing was changed.\n');
});

test('in a workspace without trust it says what to press, and proposes again when asked again', async () => {
  await writeFile(join(root, 'README.md'), '# T\n');
  const before = await say('go', null, () => UNTRUSTED);
  expect(before.said).toContain('Press «Trust workspace»');
  expect(before.said).toContain(CLOSING);
  await writeFile(join(root, 'README.md'), '# Another title\n');
  const still = await say('again?', before, () => UNTRUSTED);
  expect(still.called).toContain('edit_file');
  const after = await say('now it is trusted', before);
  expect(after.called).toEqual(['read_file', 'edit_file']);
  expect(await readFile(join(root, 'README.md'), 'utf8')).toContain('# Another title\n\n_This line');
  expect(after.said).toContain('Thank you');
  const later = await say('and now', after);
  expect(later.called).toContain('find_files');
});

test('a file without trust is proposed again as a file', async () => {
  const before = await say('go', null, () => UNTRUSTED);
  const after = await say('now', before);
  expect(after.called).toEqual(['write_file']);
  expect(await readdir(root)).toContain('VTCODE-DEMO.md');
});

test('another denial by policy is told in its own words', async () => {
  const talk = await say(
    'go',
    null,
    () => 'Denied by policy. Mode plan: the agent reads and answers, it changes nothing.',
  );
  expect(talk.said).toContain('«Denied by policy. Mode plan: the agent reads and answers, it changes nothing.»');
  expect(talk.said).not.toContain('Trust workspace');
});

test('an edit that does not fit after all is followed by one that does', async () => {
  await writeFile(join(root, 'README.md'), '# T\n');
  const talk = await say('go', null, (call) =>
    call.name === 'edit_file' ? '`old` does not stand in README.md.' : null,
  );
  expect(talk.called.filter((name) => name.endsWith('_file'))).toEqual([
    'read_file',
    'edit_file',
    'write_file',
    'read_file',
  ]);
  expect(talk.said).toContain('does not fit');
  expect(await readdir(root)).toContain('VTCODE-DEMO.md');
});

test('hunks that were left out are noticed', async () => {
  const { messages } = await say('go', null);
  const at = messages.findIndex(({ parts }) =>
    parts.some((part) => part.type === 'tool_call' && part.name === 'write_file'),
  );
  const results = messages[at + 1]!.parts.map((part) =>
    part.type === 'tool_result'
      ? { ...part, content: `${part.content}\nThe person let 1 of 2 hunks land and left out the rest.` }
      : part,
  );
  const partly = [...messages.slice(0, at + 1), { role: 'user', parts: results } as Message];
  expect(nextDemoTurn(partly).text).toContain('You let a part of it land');
});

test('the second message shows the second part, which asks a question', async () => {
  const talk = await say('more', await say('go', null));
  expect(talk.called).toEqual(['update_plan', 'find_files', 'search_text', 'update_plan', 'ask_user', 'update_plan']);
  expect(talk.said).toContain('Your answer came through: «The person answers: Have a bug mended»');
  const third = await say('and what now?', talk);
  expect(third.called).toEqual([]);
  expect(third.said).toContain('I am a script');
});

test.each([
  ['read notes.txt', 'read_file', { path: 'notes.txt' }],
  ['list .', 'list_directory', { path: '.' }],
  ['Find readme', 'find_files', { query: 'readme' }],
  ['search two words', 'search_text', { pattern: 'two words' }],
])('"%s" is done', async (text, name, args) => {
  await writeFile(join(root, 'notes.txt'), 'n\n');
  const talk = await say(text, await say('go', null));
  expect(talk.called).toEqual([name]);
  const call = talk.messages
    .flatMap((message) => (message.role === 'assistant' ? message.parts : []))
    .findLast(({ type }) => type === 'tool_call');
  expect(call).toMatchObject({ name, args: { value: args } });
  expect(talk.said).toContain('I am a script');
});

test('a command that fails is told as it failed', async () => {
  const talk = await say('read ../secret', await say('go', null));
  expect(talk.said).toContain('It did not come to pass: «../secret leads out of the workspace.');
});

test('"key", "undo" and "tour" are understood', async () => {
  const talk = await say('go', null);
  expect((await say('key', talk)).said).toContain('ANTHROPIC_API_KEY');
  expect((await say('undo', talk)).said).toBe('To undo it, delete `VTCODE-DEMO.md`.');
  const denied = await say('go', null, () => DENIED);
  expect((await say('undo', denied)).said).toContain('nothing to undo');
  const again = await say('tour', talk);
  expect(again.said).toContain(CLOSING);
  expect(again.called).toContain('list_directory');
});

test('a tour that was stopped goes on with the next message', async () => {
  await writeFile(join(root, 'README.md'), '# T\n');
  const whole = await say('go', null);
  const at = whole.messages.findIndex(({ parts }) =>
    parts.some((part) => part.type === 'tool_call' && part.name === 'edit_file'),
  );
  await writeFile(join(root, 'README.md'), '# T\n');
  const stopped: Talk = { messages: whole.messages.slice(0, at), said: '', called: [] };
  const talk = await say('go on', stopped);
  expect(talk.called).toEqual(TOUR.slice(4));
  expect(talk.said).toContain(CLOSING);
});

test('the same messages give the same turn, in pieces that are whole characters', async () => {
  const { messages } = await say('go', null);
  for (let at = 1; at <= messages.length; at += 2) {
    expect(nextDemoTurn(messages.slice(0, at))).toEqual(nextDemoTurn(structuredClone(messages.slice(0, at))));
  }
  const provider = createDemo({ delayMs: 0 });
  let pieces = 0;
  for await (const event of provider.stream(ask(), new AbortController().signal)) if (event.type === 'text') pieces++;
  expect(pieces).toBeGreaterThan(20);
  expect(provider).toMatchObject({ kind: 'scripted', note: 'scripted demo, no model' });
});

test('a request of any shape gets an answer', () => {
  expect(nextDemoTurn([]).text).toContain('scripted demo');
  expect(nextDemoTurn([{ role: 'assistant', parts: [{ type: 'text', text: 'x' }] }]).text).toContain('scripted demo');
});
