/** A person's terminal that leads into the sandbox: job control, sizes, full-screen programs, and what is out of reach. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { confined, policyFlags, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { allGone, descendants, inForeground } from './processes.ts';
import { talk, type Talk } from './talk.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

const SHELL = ['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'];

describe.each(WHO)('as %s', (who) => {
  const inTerminal = <T>(command: string[], use: (one: Talk, setting: Setting) => Promise<T>) =>
    place.inWorld(who, 'usual', async (setting) => {
      const { terminal, release } = place.programs;
      const env = { ...setting.env, PS1: '[prompt]' };
      const args = ['80x24', release, ...policyFlags({ ...setting, env }), '--', ...command];
      const one = talk(terminal, args, { who });
      try {
        return await use(one, setting);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test('has job control: stop, list, background, foreground, interrupt', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      expect(one.said()).not.toMatch(/no job control|cannot set terminal/);
      one.write("sh -c 'echo up; exec sleep 100'\n");
      await one.until(/\nup/);
      await inForeground(one.pid, 'sleep');
      one.write('\u001a');
      await one.until(/\[1\]\+ {2}Stopped.*\[prompt\]/s);
      one.write('jobs\n');
      await one.until(/jobs\r\n\[1\]\+ {2}Stopped +sh -c.*\[prompt\]/s);
      one.write('bg\n');
      await one.until(/\[1\]\+ sh -c .*&.*\[prompt\]/s);
      one.write('fg\n');
      await one.until(/fg\r\nsh -c/);
      await one.until(/sleep 100'/);
      await inForeground(one.pid, 'sleep');
      one.write('\u0003');
      await one.until(/\[prompt\]/);
      one.write('echo status $?\n');
      await one.until(/status 130/);
      one.write('exit 7\n');
      expect(await one.ended).toEqual({ code: 7, signal: null });
    }));

  test('names its terminal, and sees no other', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      one.write('tty; ls /dev/pts\n');
      await one.until(/\/dev\/console\r\nptmx\r\n/);
    }));

  test('follows the size of the window', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      one.write('stty size; trap "echo resi""zed" WINCH\n');
      await one.until(/24 80\r\n.*\[prompt\]/s);
      one.child.kill('SIGUSR1');
      one.write('stty size\n');
      await one.until(/resized/);
      await one.until(/51 101/);
    }));

  test('runs less', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      one.write('seq 500 | less\n');
      await one.until(/\r\n2?3\r\n/);
      one.write('G');
      await one.until(/\b500\b/);
      one.write('q');
      await one.until(/\[prompt\]/);
    }));

  test('runs vim, which edits a file of the workspace', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      one.write('vim -u NONE -i NONE f.txt\n');
      await one.until(/"f\.txt"/);
      one.write('ccby hand\u001b:wq\n');
      await one.until(/\[prompt\]/);
      one.write('cat f.txt\n');
      await one.until(/\r\nby hand\r\n/);
    }));

  test('lets a recorder open a terminal of its own inside', () =>
    inTerminal(['/usr/bin/script', '-qec', 'tty; test -t 0', '/dev/null'], async (one) => {
      await one.until(/\/dev\/pts\/0/);
      expect((await one.ended).code).toBe(0);
    }));

  test('does not get stuck when the program itself is stopped', () =>
    inTerminal(['/bin/bash', '-c', 'echo ready; read -r line; echo "got $line"'], async (one) => {
      await one.until(/ready/);
      one.write('\u001a');
      one.write('hello\n');
      await one.until(/got hello/);
    }));

  test('cannot change or type into the terminal it stands on', () =>
    inTerminal(SHELL, async (one) => {
      await one.until(/\[prompt\]/);
      one.write('chmod 777 /dev/console || echo "held $?"\n');
      await one.until(/held 1/);
      one.write('attack tiocsti; echo "typed $?"\n');
      await one.until(/typed 1/);
    }));

  test('ends with everything in it when the window is closed', () =>
    inTerminal(['/bin/bash', '-c', 'trap "" HUP; echo ready; sleep 987 & wait'], async (one) => {
      await one.until(/ready/);
      const inside = descendants(one.pid);
      expect(inside.length).toBeGreaterThan(2);
      one.child.kill('SIGKILL');
      await one.ended;
      // The shell ignores the hang-up; the launcher is told to go by the one who closed the window.
      process.kill(inside[0]!, 'SIGKILL');
      await allGone(inside);
    }));

  test('gives the terminal back to the script that started it', async () => {
    await place.inWorld(who, 'usual', async (setting) => {
      const command = [place.programs.release, ...policyFlags(setting), '--', '/bin/true'];
      const script = '"$@"; echo asks; read -r line; echo "heard $line"';
      const one = talk(place.programs.terminal, ['80x24', '/bin/sh', '-c', script, 'sh', ...command], { who });
      await one.until(/asks/);
      one.write('hello\n');
      await one.until(/heard hello/);
      expect((await one.ended).code).toBe(0);
    });
  });

  test('does not take the terminal from a shell that started it in the background', async () => {
    await place.inWorld(who, 'usual', async (setting) => {
      const command = [
        place.programs.release,
        ...policyFlags(setting),
        '--',
        '/bin/sh',
        '-c',
        'echo started; sleep 60',
      ];
      const script = join(setting.world.base, 'run.sh');
      writeFileSync(script, `exec ${command.map((word) => `'${word}'`).join(' ')}\n`);
      const one = talk(place.programs.terminal, ['80x24', ...SHELL], { who });
      await one.until(/\$ |# /);
      one.write(`sh ${script} &\n`);
      await one.until(/started\r\n/);
      one.write('read -r line; echo "heard $line"; kill %1; exit\nhello\n');
      await one.until(/heard hello/);
      await one.ended;
    });
  });

  test('a command without a terminal has none within reach', async () => {
    const launcher = place.programs.release;
    await place.inWorld(who, 'usual', async (setting) => {
      const quoted = [launcher, ...policyFlags(setting), '--', 'attack', 'dev-tty']
        .map((word) => `'${word}'`)
        .join(' ');
      const one = talk(
        place.programs.terminal,
        ['80x24', '/bin/sh', '-c', `${quoted} < /dev/null; echo "reached $?"`],
        { who },
      );
      await one.until(/reached 1/);
      await one.ended;
      const mutant = quoted.replace(launcher, place.programs.mutation).replace(/' '/, "' '--layers-off' 'session' '");
      const other = talk(
        place.programs.terminal,
        ['80x24', '/bin/sh', '-c', `${mutant} < /dev/null; echo "reached $?"`],
        { who },
      );
      await other.until(/reached 0/);
      await other.ended;
    });
  });
});

test('a terminal of another kind is not needed for a command', async () => {
  const ended = await place.inWorld(WHO[0]!, 'usual', (setting) =>
    confined(place.programs.release, setting, 'test ! -t 0'),
  );
  expect(ended.code).toBe(0);
});
