/** A settings file is understood whole, or nothing starts, and the message says where and what. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { loadLayers } from '../../server/config/layers.ts';
import { workspaceFiles } from '../../server/config/workspace-file.ts';
import { tempDir } from '../fixtures/temp.ts';
import { write } from './write.ts';

function place() {
  const top = tempDir();
  const [etc, configDir, root] = [join(top, 'etc'), join(top, 'config'), join(top, 'work')];
  for (const dir of [etc, configDir, root]) mkdirSync(dir, { mode: 0o755 });
  const load = () =>
    loadLayers({
      organisation: { dir: etc, uid: process.getuid!() },
      configDir,
      workspaceFile: workspaceFiles(root),
    });
  return { etc, configDir, root, load };
}

/** The message of the Fault that stops the load; paths of the test taken off. */
async function refusal(at: ReturnType<typeof place>): Promise<string> {
  const error: unknown = await at.load().then(
    () => new Error('it was loaded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'Fault' });
  const { message, hint } = error as { message: string; hint: string };
  expect(hint).not.toBe('');
  return message.replaceAll(`${at.configDir}/`, '').replaceAll(`${at.etc}/`, '/etc/');
}

test('no file at all is no setting at all', async () => {
  const nothing = { config: null, policy: null };
  expect(await place().load()).toEqual({ organisation: nothing, user: nothing, workspace: nothing });
});

test('all files of all layers are read, each value with its place', async () => {
  const at = place();
  write(at.etc, {
    'config.toml': '[agent]\nmode = "ask"\n',
    'tool-policy.json': '{"version": 1, "policies": {"web_fetch": "deny"}}',
  });
  write(at.configDir, {
    'config.toml':
      '\uFEFF[providers.work]\nkind = "openai"\nbase_url = "https://llm.example/v1"\napi_key_env = "WORK_KEY"\n',
    'tool-policy.json': '{"$schema": "x", "version": 1}',
  });
  write(at.root, {
    'vtcode.toml': '[tools.policies]\nwrite_file = "allow"\n',
    '.vtcode/tool-policy.json': '{\n  "version": 1,\n  "policies": {\n    "read_file": "prompt"\n  }\n}\n',
  });
  const layers = await at.load();
  expect(layers.organisation.policy!.value.policies).toEqual({ web_fetch: 'deny' });
  expect(layers.user.config!.value.providers!['work']!.kind).toBe('openai');
  expect(layers.user.config!.at(['providers', 'work', 'kind'])).toBe(`${at.configDir}/config.toml:2:1`);
  expect(layers.workspace.config!.at(['tools', 'policies', 'write_file'])).toBe('vtcode.toml:2:1');
  expect(layers.workspace.policy!.at(['policies', 'read_file'])).toBe('.vtcode/tool-policy.json:4:5');
});

describe('a mistake is told with its place, what was expected and what came', () => {
  const cases: [file: string, content: string, lines: string[]][] = [
    ['config/config.toml', '[agnet]\nmode="ask"', ['config.toml:1:1: unknown key `agnet`. Did you mean `agent`?']],
    ['config/config.toml', '[agent]\n  modle = "x"', ['config.toml:2:3: unknown key `modle`. Did you mean `model`?']],
    [
      'config/config.toml',
      '[agent]\nzzzzzzz = 1',
      ['config.toml:2:1: unknown key `zzzzzzz`. Known here: model, mode, max_tool_calls, instructions.'],
    ],
    [
      'config/config.toml',
      '[agent]\nmode = "akk"',
      ['config.toml:2:8: expected one of "plan", "ask", "auto-edit", "contained", came "akk". Did you mean `ask`?'],
    ],
    [
      'config/config.toml',
      '[agent]\nmode = 7',
      ['config.toml:2:8: expected one of "plan", "ask", "auto-edit", "contained", came 7.'],
    ],
    ['config/config.toml', 'agent = 3', ['config.toml:1:9: expected a table, came 3.']],
    ['config/config.toml', '[agent]\nmax_tool_calls = 0', ['config.toml:2:18: expected at least 1, came 0.']],
    ['config/config.toml', '[agent]\nmax_tool_calls = 1.5', ['config.toml:2:18: expected a whole number, came 1.5.']],
    [
      'config/config.toml',
      '[agent]\nmax_tool_calls = 1979-05-27',
      ['config.toml:2:18: expected a number, came "1979-05-27".'],
    ],
    [
      'config/config.toml',
      '[security]\nhuman_in_the_loop = "yes"',
      ['config.toml:2:21: expected true or false, came "yes".'],
    ],
    [
      'config/config.toml',
      '[agent]\ninstructions = ["ok", ""]',
      ['config.toml:2:23: expected at least 1 characters, came "".'],
    ],
    [
      'config/config.toml',
      '[agent]\ninstructions = ["../up.md"]',
      ['config.toml:2:17: expected a plain path below the workspace, such as docs/AGENTS.md, came "../up.md".'],
    ],
    [
      'config/config.toml',
      '[tools.policies]\nwritefile = "deny"',
      ['config.toml:2:1: unknown tool `writefile`. Did you mean `write_file`?'],
    ],
    [
      'config/config.toml',
      '[agent]\nmode="x"\nmodel=""',
      [
        'config.toml:2:6: expected one of "plan", "ask", "auto-edit", "contained", came "x".',
        'config.toml:3:7: expected at least 1 characters, came "".',
      ],
    ],
    [
      'config/config.toml',
      '[providers.Work]\nkind="openai"',
      ['config.toml:1:1: `Work` is not a name that can stand here (/^[a-z][a-z0-9-]{0,31}$/).'],
    ],
    [
      'config/config.toml',
      '[providers.w]\nkind="openia"',
      ['config.toml:2:6: expected one of "anthropic", "openai", came "openia". Did you mean `openai`?'],
    ],
    [
      'config/config.toml',
      '[providers.w]\nkind="openai"\nbase_url="ftp://x"',
      ['config.toml:3:10: expected an address that begins with https:// or http://, came "ftp:".'],
    ],
    [
      'config/config.toml',
      '[providers.w]\nkind="openai"\napi_key_env="A"\napi_key_command=["/bin/x"]',
      ['config.toml:4:1: expected one of `api_key_env` and `api_key_command`, came both.'],
    ],
    [
      'config/config.toml',
      '[providers.w]\nkind="openai"\napi_key_command=["pass", "x"]',
      ['config.toml:3:17: expected the absolute path of a program, came "pass": what a name on PATH means can change.'],
    ],
    [
      'config/config.toml',
      'a = 1\na = 2',
      ['config.toml:2:1: not TOML: trying to redefine an already defined table or value.'],
    ],
    ['config/config.toml', '__proto__ = 1', ['config.toml:1:1: not TOML: ']],
    [
      'config/tool-policy.json',
      '{"version":1,"policies":{"run_command":"alow"}}',
      ['tool-policy.json:1:40: expected one of "allow", "prompt", "deny", came "alow". Did you mean `allow`?'],
    ],
    ...['constrains', 'comands'].map((key): [string, string, string[]] => [
      'config/tool-policy.json',
      `{"version":1,"${key}":{}}`,
      [`tool-policy.json:1:14: unknown key \`${key}\`. Did you mean`],
    ]),
    ['config/tool-policy.json', '{"version":2}', ['tool-policy.json:1:12: expected 1, came 2.']],
    ['config/tool-policy.json', '{}', ['tool-policy.json:1:1: expected 1, came nothing.']],
    ['config/tool-policy.json', '[]', ['tool-policy.json:1:1: expected a table, came [].']],
    [
      'config/tool-policy.json',
      '{"version":1,"policies":{"read_file":"deny","read_file":"allow"}}',
      ['tool-policy.json:1:45: not JSON: did not expect the key "read_file" a second time.'],
    ],
    [
      'config/tool-policy.json',
      '{"version":1,"policies":{"__proto__":"deny"}}',
      ['tool-policy.json:1:26: not JSON: did not expect the key "__proto__"'],
    ],
    [
      'config/tool-policy.json',
      '{"version":1,\n"x\u001b[2J":1}',
      ['tool-policy.json:2:1: not JSON: did not expect a string with a bad escape or a raw control character.'],
    ],
    [
      'config/tool-policy.json',
      '{"version":1,\n"x\\u001b[2J":1}',
      ['tool-policy.json:2:1: unknown key "x\\u001b[2J".'],
    ],
    [
      'work/vtcode.toml',
      '[providers.x]\nkind="openai"',
      ["vtcode.toml:1:1: unknown key `providers`. It stands only in config.toml of the user's own config directory."],
    ],
    [
      'work/.vtcode/tool-policy.json',
      '{"version":1,"policies":{"run_comand":"deny"}}',
      ['.vtcode/tool-policy.json:1:26: unknown tool `run_comand`. Did you mean `run_command`?'],
    ],
    [
      'etc/tool-policy.json',
      '{"version":1,"policies":{"run_command":"allow"}}',
      ['/etc/tool-policy.json:1:40: expected "prompt" or "deny", came "allow": an organisation'],
    ],
    ['etc/config.toml', '[tools]\ndefault_policy="allow"', ['/etc/config.toml:2:16: expected "prompt" or "deny"']],
    ['etc/config.toml', '[providers.x]\nkind="openai"', ['/etc/config.toml:1:1: unknown key `providers`.']],
  ];
  test.each(cases)('%s: %j', async (file, content, lines) => {
    const at = place();
    write(join(at.root, '..'), { [file]: content });
    const message = await refusal(at);
    for (const line of lines) expect(message).toContain(line);
    expect(message.split('\n')).toHaveLength(lines.length);
  });

  test('many are told up to a bound', async () => {
    const at = place();
    write(at.root, { 'vtcode.toml': Array.from({ length: 50 }, (_, i) => `k${i} = 1`).join('\n') });
    const message = await refusal(at);
    expect(message.split('\n')).toHaveLength(21);
    expect(message).toContain('… and 30 more');
  });

  test('bytes that are not UTF-8', async () => {
    const at = place();
    write(at.root, { 'vtcode.toml': Uint8Array.from([0x61, 0xff]) });
    expect(await refusal(at)).toBe('vtcode.toml: expected UTF-8 text, came other bytes.');
  });

  test('a password in an address is not repeated', async () => {
    const at = place();
    write(at.configDir, { 'config.toml': '[providers.w]\nkind="openai"\nbase_url="https://me:hunter2@h.example/"' });
    const message = await refusal(at);
    expect(message).toContain('config.toml:3:10: expected an address without a user name or password');
    expect(message).not.toContain('hunter2');
  });
});

describe('a file that somebody else could have written is not obeyed', () => {
  test.each(['etc', 'configDir'] as const)('one that others may write, in %s', async (dir) => {
    const at = place();
    write(at[dir], { 'config.toml': '' });
    chmodSync(join(at[dir], 'config.toml'), 0o666);
    expect(await refusal(at)).toContain('others may write it (mode 666)');
  });

  test('one of the organisation that belongs to somebody else', async () => {
    const at = place();
    write(at.etc, { 'config.toml': '' });
    const load = loadLayers({
      organisation: { dir: at.etc, uid: 4_000_000 },
      configDir: at.configDir,
      workspaceFile: workspaceFiles(at.root),
    });
    await expect(load).rejects.toThrow(/must belong to root/);
  });

  test('a link in the place of one of the organisation or the workspace', async () => {
    const at = place();
    write(at.root, { other: '' });
    symlinkSync(join(at.root, 'other'), join(at.root, 'vtcode.toml'));
    expect(await refusal(at)).toContain('vtcode.toml of the workspace cannot be read: it is a symbolic link');
    const organisation = place();
    write(organisation.root, { other: '' });
    symlinkSync(join(organisation.root, 'other'), join(organisation.etc, 'config.toml'));
    expect(await refusal(organisation)).toContain('it is a symbolic link, which is not followed here');
  });

  test('but the user may link their own, as dotfile managers do', async () => {
    const at = place();
    write(at.root, { 'mine.toml': '[agent]\nmode = "plan"' });
    symlinkSync(join(at.root, 'mine.toml'), join(at.configDir, 'config.toml'));
    expect((await at.load()).user.config!.value.agent).toEqual({ mode: 'plan' });
  });

  test.each(['etc', 'configDir', 'root'] as const)('a folder in the place of a file, in %s', async (dir) => {
    const at = place();
    mkdirSync(join(at[dir], dir === 'root' ? 'vtcode.toml' : 'config.toml'));
    expect(await refusal(at)).toMatch(/not a file/);
  });

  test.each(['etc', 'configDir', 'root'] as const)('one larger than its bound, in %s', async (dir) => {
    const at = place();
    write(at[dir], { [dir === 'root' ? 'vtcode.toml' : 'config.toml']: '#'.repeat(LIMITS.configBytes.value + 1) });
    expect(await refusal(at)).toMatch(/larger than the 262144 bytes/);
  });
});
