/** The launcher under the address and undefined-behaviour sanitizers, on the ways that it goes most. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES } from './cases.ts';
import { policyFlags, start, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

const NAMES = [
  ...[
    'ok-git',
    'ok-pipe-tools',
    'git-status-readonly',
    'host-allowed-port',
    'loopback-server',
    'ok-node-spawn',
    'marker',
  ],
  ...['unix-pair-without-unix-sockets', 'standard-devices', 'process-tools'],
];

/** An exit code that no case has: a report of a sanitizer cannot pass for anything else. */
const env = { ASAN_OPTIONS: 'exitcode=99:detect_leaks=0', UBSAN_OPTIONS: 'exitcode=99' };

describe.each(WHO)('as %s', (who) => {
  /** Without a limit on data: the sanitizer's own map is terabytes wide. */
  const run = (setting: Setting, command: string, more: string[] = []) => {
    const flags = policyFlags(setting).map((word) => (word === 'data=2G' ? 'nofile=4096' : word));
    const args = [...more, ...flags, '--', '/bin/bash', '-c', command];
    return start(place.programs.sanitize, args, { who, cwd: '/', env });
  };

  test.each(CASES.filter(({ name }) => NAMES.includes(name)))('$name works, without a report', ({ command, variant }) =>
    place.inWorld(who, variant, async (setting) => {
      const ended = await run(setting, command);
      expect(ended.stderr).not.toMatch(/Sanitizer|runtime error/);
      expect(ended.code, ended.stderr).toBe(0);
    }),
  );

  test.each([
    ['seq 1 5000', 0, '5000\r\n'],
    ['kill -9 $$', 137, ''],
    ['sleep 60 & echo done', 0, 'done\r\n'],
  ])('in a terminal: %s, without a report', (command, code, tail) =>
    place.inWorld(who, 'usual', async (setting) => {
      const ended = await run(setting, command, ['--pty', '80x24']);
      expect(ended).toMatchObject({ code, stderr: '' });
      expect(ended.stdout.endsWith(tail)).toBe(true);
    }),
  );

  test('what is refused is refused, without a report', () =>
    place.inWorld(who, 'usual', async (setting) => {
      const ended = await run(setting, 'true', ['--protect', `${setting.world.ws}/gone`]);
      expect(ended.code).toBe(126);
      expect(ended.stderr).toMatch(/^vtcode-sandbox: cannot protect/);
    }));
});
