/** `vtcode policy`, as it is typed: verdicts, exit codes, lines of JSON, and the examples of rules. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../server/cli/run.ts';
import type { Io } from '../../server/cli/io.ts';
import { workspace } from '../fixtures/judged.ts';
import { tempDir } from '../fixtures/temp.ts';

/** A terminal without a person, in a trusted workspace, with directories of its own. */
async function desk(policy?: object) {
  const [root, config, state] = [workspace(), tempDir(), tempDir()];
  const told = { out: '', err: '' };
  const io = (input: string | Buffer = ''): Io => ({
    env: { HOME: tempDir(), PATH: process.env['PATH'] ?? '', VTCODE_CONFIG_DIR: config, VTCODE_STATE_DIR: state },
    cwd: root,
    platform: 'linux',
    out: async (text) => void (told.out += text),
    err: (text) => void (told.err += text),
    input: async function* () {
      yield Buffer.from(input);
    },
    person: false,
    terminal: { stdout: false, columns: () => undefined },
    forgetTyped: () => true,
    ask: () => expect.unreachable(),
  });
  if (policy) writeFileSync(join(config, 'tool-policy.json'), JSON.stringify(policy), { mode: 0o600 });
  expect(await run(['trust', '--yes'], io())).toBe(0);
  const type = async (words: string[], input?: string | Buffer) => {
    Object.assign(told, { out: '', err: '' });
    return { code: await run(words, io(input)), ...told };
  };
  return { root, config, type };
}

const json = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('answers by its exit code: 0 for allow, 10 for prompt, 20 for deny', async () => {
  const { type } = await desk();
  const code = async (...words: string[]) => (await type(['policy', 'check', ...words])).code;
  expect(await code('--', 'ls', '-la')).toBe(0);
  expect(await code('--', 'rm', '-rf', 'x')).toBe(10);
  expect(await code('--script', 'ls | wc -l')).toBe(0);
  expect(await code('--script', 'echo x > .git/config')).toBe(20);
  expect(await code('--mode', 'plan', '--', 'touch', 'x')).toBe(20);
  expect(await code('--tool', 'write_file', '--args', '{"path":"src/a.ts","content":"x"}')).toBe(10);
  expect(await code('--mode', 'auto-edit', '--tool', 'write_file', '--args', '{"path":"src/a.ts","content":"x"}')).toBe(
    0,
  );
  expect(await code('--tool', 'write_file', '--args', '{"path":".git/hooks/x","content":"x"}')).toBe(20);
});

it('prints one line of JSON with every rule that spoke and each command', async () => {
  const { type } = await desk();
  const { out } = await type(['policy', 'check', '--json', '--script', 'ls | rm x']);
  const [line] = json(out);
  expect(line).toMatchObject({
    decision: 'prompt',
    inspectable: true,
    commands: [
      { argv: ['ls'], decision: 'allow' },
      { argv: ['rm', 'x'], decision: 'prompt' },
    ],
  });
  expect(Object.keys(line!)).toEqual(['decision', 'reasons', 'commands', 'inspectable', 'micros']);
  expect(line!['micros']).toEqual(expect.any(Number));
  const [reason] = line!['reasons'] as object[];
  expect(Object.keys(reason!)).toEqual(['rule', 'layer', 'source', 'decision', 'why']);
});

it('judges each line of its input in order, and allows none that it cannot read', async () => {
  const { type } = await desk();
  const lines = [
    '{"script":"ls"}',
    '{"argv":["cat","a.ts"],"cwd":"src"}',
    '{"tool":"read_file","args":{"path":".env"}}',
    '{"script":"cat a.ts","cwd":"../.."}',
    'nonsense',
    '[]',
    '{"script":"ls","more":1}',
    '{"tool":"nosuch","args":{}}',
    '{"script":""}',
    `{"script":"${'x'.repeat(1_000_000)}"}`,
    '{"script":"ls \\u0000"}',
  ];
  const input = Buffer.concat([
    Buffer.from(`${lines.join('\n')}\n{"script":"ls `),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}'),
  ]);
  const { code, out } = await type(['policy', 'check', '--stdin'], input);
  expect(code).toBe(0);
  expect(json(out).map(({ decision }) => decision)).toEqual([
    'allow',
    'allow',
    ...lines.slice(2).map(() => 'prompt'),
    'prompt',
  ]);
});

it('takes one thing to judge, and says what it takes', async () => {
  const { type } = await desk();
  for (const words of [
    [],
    ['--stdin', '--script', 'ls'],
    ['--tool', 'read_file'],
    ['--args', '{}', '--', 'ls'],
    ['--mode', 'all', '--', 'ls'],
    ['--tool', 'reed_file', '--args', '{}'],
    ['--tool', 'read_file', '--args', '{'],
  ]) {
    const { code, out, err } = await type(['policy', 'check', ...words]);
    expect([words, code, out]).toEqual([words, 2, '']);
    expect(err).not.toBe('');
  }
});

const RULE = {
  id: 'tests',
  program: 'npm',
  args: ['test'],
  decision: 'allow',
  why: 'They write nothing.',
  match: ['npm test'],
  notMatch: ['npm run test'],
};

it('obeys the rules of a file, and names them with their place', async () => {
  const { type } = await desk({ version: 1, commands: [RULE] });
  const { code, out } = await type(['policy', 'check', '--json', '--', 'npm', 'test']);
  expect(code).toBe(0);
  expect(json(out)[0]!['reasons']).toEqual([
    {
      rule: 'user/tests',
      layer: 'user',
      source: expect.stringMatching(/tool-policy\.json:1:\d+$/),
      decision: 'allow',
      why: 'They write nothing.',
    },
  ]);
  expect(await type(['policy', 'test'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 examples of 1 rules for commands'),
  });
});

it.each([
  [
    'an example that is false',
    { commands: [{ ...RULE, match: ['npm run x'] }] },
    'the rule tests does not hold for it: "npm run x"',
  ],
  [
    'a counter-example that holds',
    { commands: [{ ...RULE, notMatch: ['cd src && npm test'] }] },
    'the rule tests holds for it',
  ],
  ['an id twice', { commands: [RULE, RULE] }, 'the id "tests" a second time'],
  [
    '`**` before other words',
    { commands: [{ ...RULE, args: ['**', 'x'], match: [] }] },
    'expected `**` as the last word',
  ],
  [
    'a program that is a pattern',
    { commands: [{ ...RULE, program: 'n*', match: [] }] },
    'expected the name of one program',
  ],
  ['an unknown key', { commands: [{ ...RULE, desision: 'deny' }] }, 'Did you mean `decision`?'],
  ['a bound on a tool that there is not', { constraints: { reed_file: {} } }, 'Did you mean `read_file`?'],
  ["the organisation's own key", { requireExplicit: true }, 'stands only in the organisation'],
])('refuses a file with %s', async (_what, content, message) => {
  const { root, type } = await desk();
  const file = join(root, 'rules.json');
  writeFileSync(file, JSON.stringify({ version: 1, ...content }));
  const { code, err } = await type(['policy', 'test', 'rules.json']);
  expect([code, err.includes(message) ? message : err]).toEqual([1, message]);
  expect(err).toMatch(/rules\.json:1:\d+: /);
});

it('tries the example of the docs', async () => {
  const { type } = await desk();
  const docs = new URL('../../docs/policy.md', import.meta.url);
  const [example] = /```json\n([^]*?)```/.exec(readFileSync(docs, 'utf8'))!.slice(1);
  const file = join(tempDir(), 'example.json');
  writeFileSync(file, example!);
  expect(await type(['policy', 'test', file])).toMatchObject({
    code: 0,
    out: expect.stringContaining('7 examples of 2 rules'),
  });
});
