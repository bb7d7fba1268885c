/** Words on the command line: what is known is done, what is not is told with what was meant, and the exit code says which. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../server/cli/spec.ts';
import { buildProgram, ground, type Program, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

const run = (words: string[], at = ground(), env: Record<string, string> = {}) => vtcode(program, { words, at, env });

describe('help and version', () => {
  test.each([['--version'], ['serve', '--version'], ['sessions', 'list', '--version']])('%s %s', async (...words) => {
    expect(await run(words)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
  });

  test.each([['--help'], ['-h']])('%s lists every command that there is, on stdout', async (word) => {
    const { code, stdout, stderr } = await run([word]);
    expect([code, stderr]).toEqual([0, '']);
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`  ${name}\\b.*  ${summary.replace(/[()]/g, '.')}`));
  });

  test.each(COMMANDS.map(({ name }) => name))('%s --help says what it takes, and does nothing', async (name) => {
    const { code, stdout, stderr } = await run([...name.split(' '), '--help']);
    expect([code, stderr]).toEqual([0, '']);
    const spec = COMMANDS.find((one) => one.name === name)!;
    for (const flag of spec.flags) expect(stdout).toContain(`--${flag.name}`);
  });

  test('no command at all is wrong use: the list goes to stderr', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: vtcode COMMAND');
  });
});

describe('wrong use ends with 2, says nothing on stdout and names what was meant', () => {
  const cases: [words: string[], message: string][] = [
    [['serv'], 'unknown command "serv". Did you mean `serve`?'],
    [['zzz'], 'unknown command "zzz".'],
    [['constructor'], 'unknown command "constructor".'],
    [['\u001b[2J'], 'unknown command "\\u001b[2J".'],
    [['--verison'], 'unknown flag "--verison". Did you mean `--version`?'],
    [['-x'], 'unknown flag "-x". A command is expected first.'],
    [
      ['sessions'],
      '`vtcode sessions` expects one of list, search, show, export, import, rebuild, delete; came nothing.',
    ],
    [['sessions', 'lits'], 'came "lits". Did you mean `list`?'],
    [['config'], '`vtcode config` expects one of explain; came nothing.'],
    [['serve', '--prot', '1'], 'unknown flag "--prot" of `vtcode serve`. Did you mean `--port`?'],
    [['serve', '--no-opn'], 'Did you mean `--no-open`?'],
    [
      ['serve', '--share-lisen', '127.0.0.1:1'],
      'unknown flag "--share-lisen" of `vtcode serve`. Did you mean `--share-listen`?',
    ],
    [['serve', '--share-listen'], '--share-listen is expected to be followed by ADDR:PORT; came nothing.'],
    ...[
      '4748',
      ':4748',
      '127.0.0.1',
      '127.0.0.1:',
      '127.0.0.1:65536',
      '::1:4748',
      '[::1]',
      'share.example:4748',
      '[127.0.0.1]:1',
    ].map((at): [string[], string] => [['serve', '--share-listen', at], '--share-listen is expected to be ADDR:PORT']),
    [['share'], '`vtcode share` expects one of list, revoke; came nothing.'],
    [['share', 'revoke', 'x'], 'the id of a share is expected, shr_ and 26 letters or digits; came "x".'],
    [['serve', '--__proto__'], 'unknown flag "--__proto__"'],
    [['serve', '-p', '1'], 'unknown flag "-p"'],
    [['serve', '--port'], '--port is expected to be followed by N; came nothing.'],
    [['serve', '--port='], '--port is expected to be followed by N; came nothing.'],
    [['serve', '--port', '--json'], '--port is expected to be followed by N; came --json.'],
    [['serve', '--port', '-1'], '--port is expected to be a number from 0 to 65535; came "-1".'],
    [['serve', '--port', '1', '--port', '2'], '--port is given twice'],
    [['serve', '--json=yes'], '--json takes no value; came "yes".'],
    [['serve', '--no-json'], 'unknown flag "--no-json"'],
    [['serve', 'a', 'b'], 'takes [DIR]; "b" is one too many.'],
    [['serve', ''], 'an argument is empty'],
    [['serve', '--', '--port'], '"--port" does not exist'],
    ...['x', '-1', '65536', '1.5', '0x10', '1e3', '99999999999', ' 80'].map((port): [string[], string] => [
      ['serve', `--port=${port}`],
      `--port is expected to be a number from 0 to 65535; came ${JSON.stringify(port)}.`,
    ]),
    [['serve', '--host', '0.0.0.0'], 'lets other machines reach this server, and it came without --allow-remote.'],
    [['serve', '--host', '::'], 'without --allow-remote'],
    [['serve', '--host', '[::]'], 'without --allow-remote'],
    [['serve', '--host', '192.0.2.1'], 'without --allow-remote'],
    [['serve', '--host', 'example.org'], '--host is expected to be an IP address or localhost'],
    [['serve', '--host', '127.0.0.1.example.org'], '--host is expected to be an IP address'],
    [['serve', '--host', '0'], '--host is expected to be an IP address'],
    [
      ['serve', '--mode', 'akk'],
      'expected to be one of plan, ask, auto-edit, contained; came "akk". Did you mean `ask`?',
    ],
    [['serve', '--mode', 'yolo'], 'expected to be one of plan, ask, auto-edit, contained'],
    [['serve', '--demo', '--script', 'x'], '--demo and --script cannot both be obeyed'],
    [['serve', '--script', 'missing.json'], 'missing.json could not be opened'],
    [['serve', '--script', '.'], 'is no plain file'],
    [['trust', '--status', '--yes'], '--status changes nothing'],
    [['trust', '--forse'], 'unknown flag "--forse"'],
    [['sessions', 'show'], '`vtcode sessions show` expects ID; it came without.'],
    [['sessions', 'show', 'nonsense'], 'ID is expected to be that of a session'],
    [['sessions', 'export', 'x', '--format', 'pdf'], 'ID is expected'],
    [
      ['sessions', 'export', `ses_${'0'.repeat(26)}`, '--format', 'pdf'],
      '--format is expected to be one of md, json, html; came "pdf".',
    ],
    [['config', 'explain', 'agent.mod'], 'unknown setting "agent.mod". Did you mean `agent.mode`?'],
  ];
  test.each(cases)('vtcode %j: %s', async (words, message) => {
    const { code, stdout, stderr } = await run(words);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('a directory that can be no workspace', () => {
  const places = () => {
    const at = ground();
    writeFileSync(join(at.top, 'file'), '');
    symlinkSync(join(at.top, 'nowhere'), join(at.top, 'dangling'));
    mkdirSync(at.state, { recursive: true });
    return at;
  };
  const cases: [dir: string, message: string][] = [
    ['../file', 'is not a directory'],
    ['../missing', 'does not exist'],
    ['../dangling', 'does not exist'],
    ['/', '`/` is the whole machine'],
    ['../home', 'is your home directory'],
    ['..', 'holds your home directory'],
    ['../home/.local/state/vtcode', 'where records are kept'],
    ['../home/.local', 'where records are kept'],
  ];
  for (const command of ['serve', 'trust', 'purge', 'link']) {
    test.each(cases)(`${command} %s: %s`, async (dir, message) => {
      const { code, stdout, stderr } = await run([command, dir], places());
      expect(stderr).toContain(message);
      expect([code, stdout]).toEqual([2, '']);
    });
  }

  test('one that cannot be read', async () => {
    const at = ground();
    // Root reads everything: it is tried as another user, for whom the rest is made as it would be for any.
    const uid = process.getuid!() === 0 ? 65_534 : process.getuid!();
    const closed = join(at.top, 'closed');
    mkdirSync(closed, { mode: 0o000 });
    chmodSync(at.top, 0o755);
    if (uid !== process.getuid!()) chownSync(at.home, uid, uid);
    const { code, stderr } = await vtcode(program, { words: ['serve', closed], at, cwd: '/', uid });
    chmodSync(closed, 0o700);
    expect(stderr).toContain('cannot be read by you');
    expect(code).toBe(2);
  });
});

describe('our own directories', () => {
  test('that others may write stop every command, and say how to mend it', async () => {
    const at = ground();
    mkdirSync(at.config, { recursive: true });
    chmodSync(at.config, 0o777);
    for (const words of [['serve'], ['trust', '--yes'], ['config', 'explain']]) {
      const { code, stderr } = await run(words, at);
      expect(stderr).toContain(`chmod 700 ${at.config}`);
      expect(code).toBe(1);
    }
  });

  test('that are named relative are refused', async () => {
    const { code, stderr } = await run(['serve'], ground(), { VTCODE_STATE_DIR: 'state' });
    expect(stderr).toContain('VTCODE_STATE_DIR is expected to be an absolute path');
    expect(code).toBe(2);
  });
});

test('settings that are not understood stop serve, with their place', async () => {
  const at = ground();
  writeFileSync(join(at.work, 'vtcode.toml'), '[agent]\nmoed = "ask"\n');
  const { code, stdout, stderr } = await run(['serve', '--demo', '--no-open'], at);
  expect(stderr).toContain('vtcode.toml:2:1: unknown key `moed`. Did you mean `mode`?');
  expect([code, stdout]).toEqual([1, '']);
});

test.each([
  ['{"version": 1', 'is not JSON'],
  ['{"version": 2, "turns": [{"text": "x"}]}', 'version'],
  ['{"version": 1, "turns": [{"txt": "x"}]}', 'txt'],
])('a script that is %s is refused before anything listens', async (content, message) => {
  const at = ground();
  writeFileSync(join(at.work, 's.json'), content);
  const { code, stdout, stderr } = await run(['serve', '--script', 's.json', '--no-open'], at);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
});
