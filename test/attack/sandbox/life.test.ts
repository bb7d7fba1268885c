/** How a confined command ends, and that nothing of it lives on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { confined, policyFlags, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { allGone, descendants, isAlive, read } from './processes.ts';
import { talk, type Talk } from './talk.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

describe.each(WHO)('as %s', (who) => {
  const run = (command: string) =>
    place.inWorld(who, 'usual', (setting) => confined(place.programs.release, setting, command));
  const alive = <T>(
    command: string,
    use: (one: Talk, setting: Setting) => Promise<T>,
    launcher = place.programs.release,
  ) =>
    place.inWorld(who, 'usual', async (setting) => {
      const one = talk(launcher, [...policyFlags(setting), '--', '/bin/bash', '-c', command], { who });
      try {
        return await use(one, setting);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['exit 126', 126],
    ['kill -9 $$', 137],
    ['kill -TERM $$', 143],
    ['ulimit -t 1; while :; do :; done', 137],
  ])('the exit code of `%s` is %i', async (command, code) => {
    expect(await run(command)).toEqual({ code, stdout: '', stderr: '' });
  });

  test('what a command started and left behind ends with it', () =>
    alive('setsid sh -c "trap \\"\\" HUP TERM; echo ready; sleep 876; sleep 876" & read -r line', async (one) => {
      await one.until(/ready/);
      const inside = descendants(one.pid);
      one.write('go\n');
      expect(await one.ended).toEqual({ code: 0, signal: null });
      expect(inside.filter(isAlive)).toEqual([]);
    }));

  test('output that a stray process holds open does not keep the caller waiting', async () => {
    const ended = await run('setsid sleep 1000 & echo done');
    expect(ended).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)('%s is passed on', (signal) =>
    alive(`trap 'echo caught; exit 9' ${signal.slice(3)}; echo ready; while :; do read -r -t 1; done`, async (one) => {
      await one.until(/ready/);
      one.child.kill(signal);
      await one.until(/caught/);
      expect((await one.ended).code).toBe(9);
    }),
  );

  test('a signal reaches all of a pipeline', () =>
    alive('sh -c "trap \\"echo one; exit\\" TERM; echo ready; while :; do sleep 0.1; done" | cat', async (one) => {
      await one.until(/ready/);
      one.child.kill('SIGTERM');
      expect((await one.ended).code).toBe(143);
    }));

  test('killing the launcher ends everything, also what ignores signals', () =>
    alive('trap "" TERM HUP INT; setsid sleep 987 & echo ready; while :; do sleep 1; done', async (one) => {
      await one.until(/ready/);
      const inside = descendants(one.pid);
      expect(inside.length).toBeGreaterThanOrEqual(3);
      one.child.kill('SIGKILL');
      expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL' });
      await allGone(inside);
    }));

  test('that is the work of one layer', () =>
    place.inWorld(who, 'usual', async (setting) => {
      const args = [
        '--layers-off',
        'death',
        ...policyFlags(setting),
        '--',
        '/bin/bash',
        '-c',
        'echo ready; exec sleep 986',
      ];
      const one = talk(place.programs.mutation, args, { who });
      await one.until(/ready/);
      const [init, sleep] = descendants(one.pid);
      one.child.kill('SIGKILL');
      one.child.stdout!.destroy();
      while (isAlive(one.pid)) await new Promise(setImmediate);
      expect(isAlive(sleep!)).toBe(true);
      process.kill(init!, 'SIGKILL');
      await allGone([init!, sleep!]);
    }));

  test('the death of whoever started the launcher ends everything', () =>
    place.inWorld(who, 'usual', async (setting) => {
      const args = [...policyFlags(setting), '--', '/bin/bash', '-c', 'echo ready; exec sleep 985'];
      const parent = talk('/bin/bash', ['-c', '"$@" & wait', 'sh', place.programs.release, ...args], { who });
      await parent.until(/ready/);
      const inside = descendants(parent.pid);
      expect(inside.length).toBe(3);
      parent.child.kill('SIGKILL');
      await allGone(inside);
      await parent.ended;
    }));

  test('a pipe ends when the command closes it, not when the launcher does', () =>
    alive('exec >&-; echo closed >&2; read -r line', async (one) => {
      await new Promise((resolve) => one.child.stdout!.once('end', resolve));
      expect(isAlive(one.pid)).toBe(true);
      one.write('go\n');
      expect((await one.ended).code).toBe(0);
    }));

  test('more is likely to be killed when memory runs out than the server', () =>
    alive('cat /proc/self/oom_score_adj; read -r line', async (one) => {
      expect(await one.until(/\d+/)).toBe('500');
    }));

  test('the launcher outside holds nothing open and shows no command line inside', () =>
    alive('tr "\\0" " " < /proc/1/cmdline; echo; read -r line', async (one, setting) => {
      const shown = await one.until(/vtcode-sandbox[^\n]*\n/);
      expect(shown).not.toContain(setting.world.seen);
      expect(shown).not.toContain('--hide');
      expect(read(`/proc/${one.pid}/cmdline`)).toContain('--hide');
    }));
});
