/** What is wrong is said in one line, the exit code is 126, and nothing has run. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { confined, policyFlags, start, systemFlags, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

const MARK = 'echo it ran > ran';

describe.each(WHO)('as %s', (who) => {
  /** Runs with more flags, and expects that it does not run at all. */
  const refused = (flags: (setting: Setting) => string[], prepare: (setting: Setting) => void = () => undefined) =>
    place.inWorld(who, 'usual', async (setting) => {
      prepare(setting);
      const ended = await confined(place.programs.release, setting, MARK, flags(setting));
      expect(existsSync(join(setting.world.ws, 'ran'))).toBe(false);
      expect(ended.code).toBe(126);
      expect(ended.stdout).toBe('');
      expect(ended.stderr).toMatch(/^vtcode-sandbox: [^\n]+\n$/);
      return ended.stderr.replaceAll(setting.world.base, '').trim();
    });

  test('a path that is not there', async () => {
    expect(await refused(() => ['--ro', '/no/such'])).toBe(
      'vtcode-sandbox: cannot open --ro "/no/such": No such file or directory',
    );
  });

  test('a path through a symbolic link', async () => {
    const flags = ({ world }: Setting) => ['--ro', `${world.base}/link/x`];
    const prepare = ({ world }: Setting) => {
      symlinkSync(world.out, `${world.base}/link`);
      writeFileSync(`${world.out}/x`, '');
    };
    expect(await refused(flags, prepare)).toMatch(/cannot open --ro "\/link\/x": .*; a part of it is a symbolic link/);
  });

  test('a workspace that became a link meanwhile', async () => {
    const said = await refused(
      () => [],
      ({ world }) => {
        renameSync(world.ws, `${world.base}/moved`);
        symlinkSync(world.out, world.ws);
      },
    );
    expect(said).toMatch(/cannot open --rw "\/ws": .*symbolic link/);
  });

  test('a protected path that is not there', async () => {
    expect(await refused(({ world }) => ['--protect', `${world.ws}/gone`])).toBe(
      'vtcode-sandbox: cannot protect "/ws/gone": No such file or directory; it does not exist',
    );
  });

  test('a protected path that is a symbolic link, or lies behind one', async () => {
    const flags = ({ world }: Setting) => ['--protect', `${world.ws}/link`];
    const prepare = ({ world }: Setting) => symlinkSync('.git', `${world.ws}/link`);
    expect(await refused(flags, prepare)).toMatch(
      /cannot protect "\/ws\/link": .*; it must be reached without symbolic links/,
    );
    expect(await refused(({ world }) => ['--hide', `${world.ws}/link/config`], prepare)).toMatch(
      /without symbolic links/,
    );
  });

  test('but not a socket that has gone before it could be masked', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) =>
      confined(place.programs.release, setting, 'true', ['--mask-socket', `${setting.world.ws}/gone.sock`]),
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('a working directory that is not there', async () => {
    const said = await place.inWorld(who, 'usual', async (setting) => {
      const flags = policyFlags(setting).map((word, i, all) => (all[i - 1] === '--cwd' ? `${word}/gone` : word));
      return start(place.programs.release, [...flags, '--', '/bin/true'], { who, cwd: '/', env: {} });
    });
    expect(said.code).toBe(126);
    expect(said.stderr).toMatch(/cannot enter the directory ".*\/ws\/gone": .*; it must exist inside the sandbox/);
  });

  test('a program that is not there, or cannot be run', async () => {
    const run = (...command: string[]) =>
      place.inWorld(who, 'usual', (setting) =>
        start(place.programs.release, [...policyFlags(setting), '--', ...command], { who, cwd: '/', env: {} }),
      );
    expect(await run('no-such-program')).toEqual({
      code: 127,
      stdout: '',
      stderr: 'vtcode-sandbox: "no-such-program" is not found inside the sandbox\n',
    });
    expect((await run('./no-such')).code).toBe(127);
    expect(await run('./f.txt')).toMatchObject({
      code: 126,
      stderr: 'vtcode-sandbox: cannot run "./f.txt": Permission denied\n',
    });
    expect((await run('/etc')).code).toBe(126);
  });

  test('a mount whose place would have to be made in a tree of the host', async () => {
    expect(await refused(({ world }) => ['--ro-at', world.seen, `${world.ws}/new`])).toMatch(
      /cannot find the place for "\/ws\/new": .*; it must exist in the tree that it lies in/,
    );
  });

  test('a file on a directory, and a directory on a file', async () => {
    const file = ({ world }: Setting) => ['--ro-at', `${world.seen}/file.txt`, `${world.ws}/conf`];
    expect(await refused(file)).toMatch(/cannot (mount|find the place for) "\/ws\/conf"/);
    const directory = ({ world }: Setting) => ['--ro-at', world.seen, `${world.ws}/f.txt`];
    expect(await refused(directory)).toMatch(/cannot (mount|find the place for) "\/ws\/f.txt"/);
  });

  test('a Landlock that this kernel does not have', async () => {
    expect(await refused(() => ['--landlock-min', '99'])).toBe(
      "vtcode-sandbox: cannot confine by Landlock; this kernel's Landlock is too old for the policy",
    );
  });

  test('no user namespaces', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) => {
      const launcher = [place.programs.release, ...policyFlags(setting), '--', '/bin/true'];
      const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
      return start('/usr/bin/unshare', ['-Ur', 'sh', '-c', script, 'sh', ...launcher], { who, cwd: '/', env: {} });
    });
    expect(ended.code).toBe(126);
    expect(ended.stderr).toMatch(/^vtcode-sandbox: cannot make namespaces: .*; user namespaces are off or used up/);
  });

  test('a name that would forge a line of its own', async () => {
    const said = await refused(() => ['--ro', '/a\nvtcode-sandbox: all is well']);
    expect(said).toContain(String.raw`"/a\x0avtcode-sandbox: all is well"`);
  });

  test('a directory as stdin', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) => {
      const launcher = [place.programs.release, ...policyFlags(setting), '--', '/bin/true'];
      return start('/bin/sh', ['-c', 'exec "$@" < /', 'sh', ...launcher], { who, cwd: '/', env: {} });
    });
    expect(ended.code).toBe(126);
    expect(ended.stderr).toMatch(/cannot hand over "stdin"; it is a directory or a disk/);
  });

  test.each(['.env', '.git/config', 'secrets/key.pem'])('a protected or hidden file as stdin: %s', async (name) => {
    const ended = await place.inWorld(who, 'usual', (setting) => {
      const launcher = [place.programs.release, ...policyFlags(setting), '--', '/bin/true'];
      return start(
        '/bin/sh',
        ['-c', 'file=$1; shift; exec "$@" < "$file"', 'sh', join(setting.world.ws, name), ...launcher],
        {
          who,
          cwd: '/',
          env: {},
        },
      );
    });
    expect(ended).toEqual({
      code: 126,
      stdout: '',
      stderr: 'vtcode-sandbox: cannot hand over "stdin"; it is a file that the policy protects or hides; give a pipe\n',
    });
  });

  test('but other files can be given, and cannot be opened anew to be written', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) => {
      const command = 'cat; echo x >> /proc/self/fd/0; echo $?';
      const launcher = [place.programs.release, ...policyFlags(setting), '--', '/bin/bash', '-c', command];
      return start(
        '/bin/sh',
        ['-c', 'file=$1; shift; exec "$@" < "$file"', 'sh', join(setting.world.out, 'file.txt'), ...launcher],
        {
          who,
          cwd: '/',
          env: {},
        },
      );
    });
    expect(ended).toMatchObject({ code: 0, stdout: 'outside secret\n1\n' });
  });

  test('a control channel that is no pipe', async () => {
    expect(await refused(() => ['--control-fd', '3'])).toMatch(/descriptor 3 must be a pipe or a socket/);
  });

  test('a closed stdin, stdout and stderr do no harm', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) => {
      const launcher = [place.programs.release, ...policyFlags(setting), '--', '/bin/sh', '-c', 'echo ran > ran'];
      const script = '"$@" <&- >&- 2>&-; cat "$0/ran"';
      return start('/bin/sh', ['-c', script, setting.world.ws, ...launcher], { who, cwd: '/', env: {} });
    });
    expect(ended).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  test('protection that only mounts can give, without namespaces', async () => {
    expect(await refused(() => ['--no-namespaces'])).toMatch(/--protect ".*": it is done by mounts/);
  });
});

describe('a workspace of another owner', () => {
  test('is refused, with what to do', async () => {
    const said = await place.inWorld(WHO.at(-1)!, 'usual', async (setting) => {
      const strange = join(setting.world.base, 'strange');
      mkdirSync(strange);
      chmodSync(strange, 0o755);
      if (process.getuid!() === 0) execFileSync('chown', ['1234:1234', strange]);
      const owner = process.getuid!() === 0 ? strange : '/usr/share';
      const flags = [
        ...systemFlags().filter(
          (word, i, all) => !(owner.startsWith('/usr') && (word === '/usr' || all[i + 1] === '/usr')),
        ),
      ];
      return Promise.all(
        WHO.map((who) =>
          start(place.programs.release, [...flags, '--rw', owner, '--cwd', owner, '--', '/bin/true'], {
            who,
            cwd: '/',
            env: {},
          }),
        ),
      );
    });
    for (const ended of said) {
      expect(ended.code).toBe(126);
      expect(ended.stderr).toMatch(
        /cannot write in ".*": Permission denied; it belongs to another user; run as its owner/,
      );
    }
  });
});
