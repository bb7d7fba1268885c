/** Where a person must decide they are asked, with all they need to decide; where there is none, nothing is decided. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArgs } from '../../server/cli/args.ts';
import type { Io } from '../../server/cli/io.ts';
import { purgeCommand } from '../../server/cli/purge.ts';
import { run } from '../../server/cli/run.ts';
import { COMMANDS } from '../../server/cli/spec.ts';
import { createLogger } from '../../server/base/log.ts';
import { createRedactor } from '../../server/base/redact.ts';
import { openControl } from '../../server/control.ts';
import { lockWorkspace } from '../../server/lock.ts';
import { workspaceId } from '../../server/config/workspace.ts';
import { excludeTemporary } from '../../server/run/exclude.ts';
import { type Ground, ground } from './program.ts';

interface Desk {
  io: Io;
  out: () => string;
  err: () => string;
  asked: string[];
}

/** `answer` null: nobody sits there. */
function desk(at: Ground, answer: string | null): Desk {
  let [out, err] = ['', ''];
  const asked: string[] = [];
  const io: Io = {
    env: at.env,
    cwd: at.work,
    platform: 'linux',
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (text) => void (err += text),
    input: () => expect.unreachable(),
    person: answer !== null,
    terminal: { stdout: false, columns: () => undefined },
    forgetTyped: () => true,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer ?? '');
    },
  };
  return { io, out: () => out, err: () => err, asked };
}

const status = async (at: Ground) => {
  const { io, out } = desk(at, null);
  await run(['trust', '--status', '--json'], io);
  return JSON.parse(out()) as { trusted: boolean; files: { path: string; trusted: boolean }[] };
};

function workspace(): Ground {
  const at = ground();
  writeFileSync(join(at.work, 'AGENTS.md'), 'Hello \u202e there.\nSee https://example.org\n');
  writeFileSync(join(at.work, 'package.json'), '{"scripts":{"postinstall":"node x.js"}}');
  return at;
}

describe('trust', () => {
  test('is asked for after all that matters was shown, and given to it', async () => {
    const at = workspace();
    const { io, out, err, asked } = desk(at, 'y');
    expect(await run(['trust'], io)).toBe(0);
    expect(asked).toEqual(['Trust this, as it stands? [y/N] ']);
    for (const part of [
      'STEERS  AGENTS.md',
      'RUNS  package.json',
      'postinstall: node x.js',
      '1 character in it does not show',
      'Hello U+202E there.',
      'sha256 ',
    ]) {
      expect(err()).toContain(part);
    }
    expect(err()).not.toContain('\u202e');
    expect(out()).toMatch(/^Trusted by .+\n$/);
    expect(await status(at)).toMatchObject({
      trusted: true,
      files: [{ path: 'AGENTS.md', trusted: true }, { path: 'package.json' }],
    });
  });

  test.each(['', 'n', 'no', 'yess', ' '])('is not given for the answer %j', async (answer) => {
    const at = workspace();
    const { io, err } = desk(at, answer);
    expect(await run(['trust'], io)).toBe(1);
    expect(err()).toContain('Nothing was changed.');
    expect((await status(at)).trusted).toBe(false);
  });

  test('is asked of nobody where nobody sits: exit 3, unless --yes says so', async () => {
    const at = workspace();
    const nobody = desk(at, null);
    expect(await run(['trust'], nobody.io)).toBe(3);
    expect(nobody.asked).toEqual([]);
    expect((await status(at)).trusted).toBe(false);
    expect(await run(['trust', '--yes'], desk(at, null).io)).toBe(0);
    expect((await status(at)).trusted).toBe(true);
    const again = desk(at, null);
    expect(await run(['trust', '--json'], again.io)).toBe(0);
    expect(JSON.parse(again.out())).toMatchObject({ trusted: true });
  });

  test('is taken away, once', async () => {
    const at = workspace();
    await run(['trust', '--yes'], desk(at, null).io);
    const first = desk(at, null);
    expect(await run(['untrust'], first.io)).toBe(0);
    expect(first.out()).toBe('Trust was taken away.\n');
    const second = desk(at, null);
    expect(await run(['untrust'], second.io)).toBe(0);
    expect(second.out()).toBe('It was not trusted.\n');
    expect((await status(at)).trusted).toBe(false);
  });

  test('its state can be asked without anything being made', async () => {
    const at = workspace();
    const { io, out } = desk(at, null);
    expect(await run(['trust', '--status'], io)).toBe(0);
    expect(out()).toMatch(/^no: Nobody has been asked/);
    expect(readdirSync(at.home)).toEqual([]);
  });
});

describe('purge', () => {
  const stateOf = (at: Ground) => join(at.state, workspaceId(at.work));
  const purge = (at: Ground, words: string[], answer: string | null) => {
    const to = desk(at, answer);
    const spec = COMMANDS.find(({ name }) => name === 'purge')!;
    return { ...to, code: () => purgeCommand(readArgs(spec, words), to.io) };
  };

  /** A control socket as it is left by a server that is killed; answers where. */
  async function leaveSocket(stateDir: string, runtimeDir: string): Promise<string> {
    const logger = createLogger({ level: 'error', redactor: createRedactor([]), write: () => undefined });
    const control = await openControl({ stateDir, runtimeDir, handlers: {}, logger });
    renameSync(control.path, `${control.path}.kept`); // closing removes it by its name
    await control.close();
    renameSync(`${control.path}.kept`, control.path);
    return control.path;
  }

  async function kept(): Promise<Ground> {
    const at = workspace();
    await run(['trust', '--yes'], desk(at, null).io);
    mkdirSync(stateOf(at), { recursive: true, mode: 0o700 });
    writeFileSync(join(stateOf(at), 'vtcode.db'), 'x'.repeat(3_000));
    return at;
  }

  test('lists what goes, asks, and leaves no trace of this workspace and every trace of others', async () => {
    const at = await kept();
    mkdirSync(join(at.state, 'other'));
    const { code, err, asked, out } = purge(at, [], 'y');
    expect(await code()).toBe(0);
    expect(asked).toHaveLength(1);
    expect(err()).toContain(`${stateOf(at)} (sessions and records, 3 KiB)`);
    expect(err()).toContain('the marker of trust');
    expect(out()).toBe('Removed.\n');
    expect(readdirSync(at.state)).toEqual(['other']);
    expect(readdirSync(join(at.config, 'trust/ledger'))).toEqual([]);
    expect(readdirSync(at.work).sort()).toEqual(['AGENTS.md', 'package.json']);
    const again = purge(at, [], null);
    expect(await again.code()).toBe(0);
    expect(again.out()).toBe('Nothing is kept of this workspace.\n');
  });

  test('takes back what stands in the workspace and beside it: temporary files, the line for git, a socket', async () => {
    const at = workspace();
    const runtime = join(at.top, 'run');
    at.env['XDG_RUNTIME_DIR'] = runtime;
    at.env['VTCODE_STATE_DIR'] = join(at.top, 'state'.repeat(20));
    const stateDir = join(at.env['VTCODE_STATE_DIR'], workspaceId(at.work));
    mkdirSync(runtime, { mode: 0o700 });
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    mkdirSync(join(at.work, '.git/info'), { recursive: true });
    writeFileSync(join(at.work, '.git/HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(at.work, '.git/info/exclude'), '# mine\r\n*.\xff\n', 'latin1');
    await excludeTemporary(at.work);
    mkdirSync(join(at.work, '.vtcode/tmp'), { recursive: true });
    writeFileSync(join(at.work, `.vtcode/tmp/${'a'.repeat(24)}.new`), 'left by a crash');
    const socket = await leaveSocket(stateDir, runtime);
    expect(dirname(socket)).toBe(runtime);

    const { code, err } = purge(at, ['--yes'], null);
    expect(await code()).toBe(0);
    for (const gone of ['.vtcode/tmp', '.git/info/exclude', socket]) expect(err()).toContain(gone);
    expect(existsSync(join(at.work, '.vtcode'))).toBe(false);
    expect(readFileSync(join(at.work, '.git/info/exclude'), 'latin1')).toBe('# mine\r\n*.\xff\n');
    expect(readdirSync(runtime)).toEqual([]);
    const again = purge(at, [], null);
    expect(await again.code()).toBe(0);
    expect(again.out()).toBe('Nothing is kept of this workspace.\n');
  });

  test('leaves what others put beside its temporary files', async () => {
    const at = await kept();
    mkdirSync(join(at.work, '.vtcode/tmp'), { recursive: true });
    writeFileSync(join(at.work, '.vtcode/tmp/mine.txt'), 'mine');
    writeFileSync(join(at.work, '.vtcode/tool-policy.json'), '{"version":1}');
    expect(await purge(at, ['--yes'], null).code()).toBe(0);
    expect(readdirSync(join(at.work, '.vtcode'), { recursive: true }).sort()).toEqual([
      'tmp',
      'tmp/mine.txt',
      'tool-policy.json',
    ]);
  });

  test('removes nothing for a no, or where there is nobody to say yes', async () => {
    const at = await kept();
    await expect(purge(at, [], 'n').code()).rejects.toMatchObject({ code: 'declined' });
    await expect(purge(at, [], null).code()).rejects.toMatchObject({ code: 'person_needed' });
    expect(existsSync(join(stateOf(at), 'vtcode.db'))).toBe(true);
    expect((await status(at)).trusted).toBe(true);
    expect(await purge(at, ['--yes'], null).code()).toBe(0);
  });

  test('refuses while a server runs, whatever was said', async () => {
    const at = await kept();
    const lock = await lockWorkspace(stateOf(at));
    await lock.announce({ url: 'http://127.0.0.1:4747/', control: '/x' });
    await expect(purge(at, ['--yes'], 'y').code()).rejects.toMatchObject({ code: 'already_running' });
    expect(existsSync(join(stateOf(at), 'vtcode.db'))).toBe(true);
    lock.release();
  });
});

describe('config explain', () => {
  test('prints each value with its place and whether it holds', async () => {
    const at = workspace();
    mkdirSync(at.config, { recursive: true, mode: 0o700 });
    writeFileSync(join(at.config, 'config.toml'), '[agent]\nmode = "auto-edit"\n', { mode: 0o600 });
    writeFileSync(join(at.work, 'vtcode.toml'), '[tools.policies]\nwrite_file = "allow"\nread_file = "prompt"\n');
    at.env['ANTHROPIC_API_KEY'] = 'sk-ant-secret-secret-secret';
    const { io, out } = desk(at, null);
    expect(await run(['config', 'explain'], io)).toBe(0);
    const lines = out().split('\n');
    const line = (start: string) => lines.find((one) => one.startsWith(start)) ?? '';
    expect(line('agent.mode =')).toContain(`${at.config}/config.toml:2:1`);
    expect(line('tools.policies.write_file')).toMatch(/vtcode\.toml:2:1 {2}does not hold: sleeps/);
    expect(line('tools.policies.read_file')).toMatch(/vtcode\.toml:3:1$/);
    expect(line('providers.anthropic.api_key')).toMatch(/"\(set\)" +ANTHROPIC_API_KEY$/);
    expect(out()).not.toContain('secret');
    await run(['trust', '--yes'], desk(at, null).io);
    const trusted = desk(at, null);
    await run(['config', 'explain', 'tools.policies', '--json'], trusted.io);
    expect(JSON.parse(trusted.out())).toMatchObject({ settings: [{ inForce: true }, { inForce: true }] });
  });

  test('a setting that nobody set is told so, one that cannot be is a mistake', async () => {
    const { io, out } = desk(workspace(), null);
    expect(await run(['config', 'explain', 'tools.policies.run_command'], io)).toBe(0);
    expect(out()).toBe('No file sets it, and it has no value of its own.\n');
    expect(await run(['config', 'explain', 'agent.x'], io)).toBe(2);
  });
});

test('on Windows every command says where it runs, and help still helps', async () => {
  const { io, err, out } = desk(workspace(), null);
  expect(await run(['trust', '--status'], { ...io, platform: 'win32' })).toBe(1);
  expect(err()).toContain('inside WSL 2');
  expect(await run(['serve', '--help'], { ...io, platform: 'win32' })).toBe(0);
  expect(out()).toContain('--allow-remote');
});
