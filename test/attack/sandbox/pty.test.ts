/** The launcher's own terminal for commands of the agent: as a terminal is, and not a byte lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyFlags, start, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { childrenOf, read } from './processes.ts';
import { talk, type Talk } from './talk.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

describe.each(WHO)('as %s', (who) => {
  const argv = (setting: Setting, command: string, flags: string[]) => [
    ...['--pty', '100x30', ...flags, ...policyFlags(setting)],
    ...['--', '/bin/bash', '-c', command],
  ];
  const run = (command: string, input?: string) =>
    place.inWorld(who, 'usual', (setting) =>
      start(place.programs.release, argv(setting, command, []), {
        who,
        cwd: '/',
        env: {},
        ...(input === undefined ? {} : { input }),
      }),
    );
  const conversation = <T>(command: string, use: (one: Talk) => Promise<T>, flags: string[] = []) =>
    place.inWorld(who, 'usual', async (setting) => {
      const one = talk(place.programs.release, argv(setting, command, flags), { who, control: flags.length > 0 });
      try {
        return await use(one);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test('is a terminal on all three descriptors, of the size that was asked for', async () => {
    const ended = await run('test -t 0 -a -t 1 -a -t 2 && tty && stty size');
    expect(ended).toEqual({ code: 0, stdout: '/dev/pts/0\r\n30 100\r\n', stderr: '' });
  });

  test('lets programs use colours', async () => {
    expect((await run('ls --color=auto -d .git')).stdout).toContain('\u001b[');
  });

  test.each([1, 2, 3, 4, 5, 6])('loses nothing of a burst that ends at once, round %i', async () => {
    const { stdout } = await run('seq 1 20000');
    expect(stdout.split('\r\n')).toEqual([...Array.from({ length: 20_000 }, (_, i) => String(i + 1)), '']);
  });

  test('brings what a background process printed before it was ended', async () => {
    const ended = await run('mkfifo ff; (echo early; echo x > ff; exec sleep 60) & read -r < ff; echo late');
    expect(ended).toMatchObject({ code: 0, stdout: 'early\r\nlate\r\n' });
  });

  test('hands input over line by line, and its end', async () => {
    const ended = await run('stty -echo; echo ready; cat | od -An -c', 'one\ntwo\n');
    expect(ended.stdout.replace(/^.*ready/s, '').replaceAll(/\s+/g, ' ')).toBe(' o n e \\n t w o \\n ');
  });

  test('ends input in the middle of a line', async () => {
    expect((await run('stty -echo; cat', 'no line feed')).stdout).toContain('no line feed');
  });

  test('gives a program that asks, and whose input is empty, an end of input', async () => {
    expect(await run('read -r answer; echo "status $?"')).toMatchObject({ code: 0, stdout: 'status 1\r\n' });
  });

  test('exits as the command does', async () => {
    expect((await run('exit 42')).code).toBe(42);
    expect((await run('kill -TERM $$')).code).toBe(143);
  });

  test('says what is wrong with the set-up on stderr, not in the terminal', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) =>
      start(place.programs.release, ['--pty', '80x24', ...policyFlags(setting), '--', 'no-such-program'], {
        who,
        cwd: '/',
        env: {},
      }),
    );
    expect(ended).toEqual({
      code: 127,
      stdout: '',
      stderr: 'vtcode-sandbox: "no-such-program" is not found inside the sandbox\n',
    });
  });

  test('takes what is typed as it comes, and ^C', () =>
    conversation(
      'echo ready; trap "echo caught; exit 3" INT; while :; do read -r -t 1 line && echo "got $line"; done',
      async (one) => {
        await one.until(/ready/);
        one.write('hello\n');
        await one.until(/got hello/);
        one.write('\u0003');
        await one.until(/caught/);
        expect(await one.ended).toEqual({ code: 3, signal: null });
      },
    ));

  test('changes its size when it is told so, and the command hears of it', () =>
    conversation(
      'trap "stty size" WINCH; echo ready; while :; do read -r -t 1; done',
      async (one) => {
        await one.until(/ready/);
        one.control().write('120x40\n');
        await one.until(/40 120/);
      },
      ['--control-fd', '3'],
    ));

  test('takes sizes as they come, whole or in pieces, and nothing else', () =>
    conversation(
      'while :; do stty size; read -r -t 0.05; done',
      async (one) => {
        await one.until(/30 100/);
        one.control().write('nonsense\n0x0\n99999x2\n1x');
        one.control().write('2\n61x21\n');
        await one.until(/21 61/);
      },
      ['--control-fd', '3'],
    ));

  test('passes signals on to what runs in it', () =>
    conversation('trap "echo ended; exit 5" TERM; echo ready; while :; do read -r -t 1; done', async (one) => {
      await one.until(/ready/);
      one.child.kill('SIGTERM');
      await one.until(/ended/);
      expect((await one.ended).code).toBe(5);
    }));

  test('tells the command when nobody reads any more', () =>
    conversation('echo ready; trap "exit 6" HUP; while echo more; do read -r -t 0.01; done', async (one) => {
      await one.until(/ready/);
      one.child.stdout!.destroy();
      expect((await one.ended).code).toBe(6);
    }));

  test('waits for a slow reader and then goes on', () =>
    conversation('seq 1 200000; echo done', async (one) => {
      one.child.stdout!.pause();
      await writerIsBlocked(one.pid);
      expect(one.said()).not.toContain('200000');
      one.child.stdout!.resume();
      await one.until(/200000\r\ndone/);
      expect((await one.ended).code).toBe(0);
    }));
});

/** Resolves once the innermost process has printed a lot, and then waits in its write for room in the terminal. */
async function writerIsBlocked(pid: number): Promise<void> {
  for (let last = ''; ; await new Promise(setImmediate)) {
    const now = writerOf(pid);
    if (now !== '' && now === last) return;
    last = now;
  }
}

/** Empty while it runs, or has printed little yet. */
function writerOf(pid: number): string {
  const [child] = childrenOf(pid);
  if (child !== undefined) return writerOf(child);
  const written = Number(/^wchar: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
  const sleeping = /^State:\s+S/m.test(read(`/proc/${pid}/status`));
  return sleeping && written > 4096 ? `${pid} ${written}` : '';
}
