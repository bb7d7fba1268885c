/** The grammar of the launcher's arguments: what is refused, and the parser under random input. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { built, type Built } from './built.ts';
import { start } from './confined.ts';
import { WHO } from './world.ts';

let programs: Built;
beforeAll(async () => {
  programs = await built();
});

const CWD = ['--tmpfs', '/w', '1M', '--cwd', '/w'];
const RUN = ['--', 'true'];

/** The arguments, and what is said of them after `vtcode-sandbox: `. */
const REFUSED: [args: string[], said: string][] = [
  [[], '--: the command is missing: … -- PROGRAM ARGUMENTS'],
  [['--'], '--: the command is missing: … -- PROGRAM ARGUMENTS'],
  [RUN, '--cwd: it is missing'],
  [['true'], 'true: no such flag; the command comes after --'],
  [['--layers', 'x', ...RUN], '--layers: no such flag; the command comes after --'],
  [['--ro'], '--ro: its value is missing'],
  [['--ro-at', '/a'], '--ro-at: its value is missing'],
  [['--ro', 'a', ...RUN], '--ro "a": the path must be absolute'],
  [['--ro', '', ...RUN], '--ro "": the path must be absolute'],
  [['--rw', '/a/../b', ...RUN], '--rw "/a/../b": the path must have no . or .. in it'],
  [['--rw', '/a/./b', ...RUN], '--rw "/a/./b": the path must have no . or .. in it'],
  [['--rw', '/a/', ...RUN], '--rw "/a/": the path must have no empty part and no / at its end'],
  [['--rw', '//a', ...RUN], '--rw "//a": the path must have no empty part and no / at its end'],
  [['--ro', '/', ...CWD, ...RUN], '--ro "/": the root cannot be shared: name what is needed'],
  [['--rw-at', '/', '/x', ...CWD, ...RUN], '--rw "/": the root cannot be shared: name what is needed'],
  [['--ro', '/proc/sys', ...CWD, ...RUN], '--ro "/proc/sys": /proc and /dev are made by the launcher'],
  [['--ro-at', '/srv', '/dev', ...CWD, ...RUN], '--ro "/dev": /proc and /dev are made by the launcher'],
  [['--ro', '/a', '--rw', '/a', ...CWD, ...RUN], '--rw "/a": two mounts in one place'],
  [['--rw', '/a', '--rw', '/a/b', ...CWD, ...RUN], '--rw "/a/b": it overlaps a --rw; use --protect for a part of it'],
  [['--rw', '/a', '--ro', '/a/b', ...CWD, ...RUN], '--ro "/a/b": it overlaps a --rw; use --protect for a part of it'],
  [
    ['--rw', '/a', '--ro-at', '/a/b', '/c', ...CWD, ...RUN],
    '--ro "/a/b": it overlaps a --rw; use --protect for a part of it',
  ],
  [
    ['--rw', '/a', '--rw-at', '/a', '/c', ...CWD, ...RUN],
    '--rw "/a": it overlaps a --rw; use --protect for a part of it',
  ],
  [['--tmpfs', '/a', '0', ...RUN], '--tmpfs "0": expected a size, as 64M'],
  [['--tmpfs', '/a', '1T', ...RUN], '--tmpfs "1T": expected a size, as 64M'],
  [['--tmpfs', '/a', '99999999999G', ...RUN], '--tmpfs "99999999999G": expected a size, as 64M'],
  [['--symlink', '', '/a', ...RUN], '--symlink "/a": the target is empty'],
  [['--protect', '/x/y', ...CWD, ...RUN], '--protect "/x/y": it lies in no --ro and no --rw'],
  [['--protect', '/w/y', ...CWD, ...RUN], '--protect "/w/y": it lies in no --ro and no --rw'],
  [['--ro', '/a', '--protect', '/a/b', ...CWD, ...RUN], '--protect "/a/b": it lies in no --rw'],
  [['--rw', '/a', '--protect', '/a', ...CWD, ...RUN], '--protect "/a": it is a mount itself, not a part of one'],
  ...['2f6', '2g', '2F61', '2f00', ''].map((hex): [string[], string] => [
    ['--rw', '/a', '--hide-hex', hex, ...CWD, ...RUN],
    hex === ''
      ? '--hide "": the path must be absolute'
      : `--hide-hex "${hex}": expected pairs of the digits 0 to f, none of them 00`,
  ]),
  [['--rw', '/a', '--protect-hex', '61', ...CWD, ...RUN], '--protect "a": the path must be absolute'],
  [['--ro', '/a', '--hide', '/a', ...CWD, ...RUN], '--hide "/a": it is a mount itself, not a part of one'],
  [['--rw', '/a', '--protect', '/ab', ...CWD, ...RUN], '--protect "/ab": it lies in no --ro and no --rw'],
  [['--cwd', '/x', ...RUN], '--cwd "/x": it lies in no mount of the sandbox'],
  [['--cwd', '/x', '--cwd', '/x', ...RUN], '--cwd "/x": given twice'],
  [['--env', 'A', ...RUN], '--env "A": expected NAME=VALUE'],
  [['--env', '1A=x', ...RUN], '--env "1A=x": expected NAME=VALUE'],
  [['--env', 'A-B=x', ...RUN], '--env "A-B=x": expected NAME=VALUE'],
  [['--env', 'A=1', '--env', 'A=2', ...RUN], '--env "A=2": the name is given twice'],
  [['--net', 'all', ...RUN], '--net "all": expected none, proxy:SOCKET:PORT or host'],
  [['--net', '', ...RUN], '--net "": expected none, proxy:SOCKET:PORT or host'],
  [['--net', 'host', '--net', 'none', ...RUN], '--net "none": given twice'],
  [['--net', 'proxy:/s', ...RUN], '--net "proxy:/s": expected proxy:SOCKET:PORT'],
  [['--net', 'proxy:/s:0', ...RUN], '--net "proxy:/s:0": expected proxy:SOCKET:PORT'],
  [['--net', 'proxy:s:1', ...RUN], '--net proxy "s": the path must be absolute'],
  [['--net', 'proxy:/s:1', '--unix', 'off', ...CWD, ...RUN], '--unix "off": --net proxy speaks to a unix socket'],
  [['--connect-port', '0', ...RUN], '--connect-port "0": expected a port, 1 to 65535'],
  [['--connect-port', '70000', ...RUN], '--connect-port "70000": expected a port, 1 to 65535'],
  [['--connect-port', '443', ...CWD, ...RUN], '--connect-port: ports are for --net host'],
  [['--unix', 'on', ...RUN], '--unix "on": expected private or off'],
  [['--limit', 'pids=0', ...RUN], '--limit "pids=0": no such value'],
  [['--limit', 'pids=-1', ...RUN], '--limit "pids=-1": no such value'],
  [['--limit', 'pids', ...RUN], '--limit "pids": no such value'],
  [['--limit', 'pids=9999999', ...RUN], '--limit "pids=9999999": no such value'],
  [['--limit', 'memory=1', ...RUN], '--limit "memory=1": expected pids=, nofile=, fsize=, data= or cpu='],
  [['--pty', '80', ...RUN], '--pty "80": expected COLUMNSxROWS, as 80x24'],
  [['--pty', '0x24', ...RUN], '--pty "0": expected COLUMNSxROWS, as 80x24'],
  [['--control-fd', '4', ...RUN], '--control-fd "4": expected 3'],
  [['--landlock-min', 'x', ...RUN], '--landlock-min "x": expected an ABI number'],
  [['--probe', ...RUN], '--probe: it stands alone'],
  [[...CWD, '--', ''], '--: the program has no name'],
];

describe('arguments', () => {
  test.each(REFUSED)('%j are refused', async (args, said) => {
    const ended = await start(programs.sanitize, args, { who: WHO[0]!, cwd: '/', env: {} });
    expect(ended).toEqual({ code: 126, stdout: '', stderr: `vtcode-sandbox: ${said}\n` });
  });

  test('a path of more than 4095 bytes is refused', async () => {
    const ended = await start(programs.sanitize, ['--ro', `/${'a'.repeat(4095)}`, ...RUN], {
      who: WHO[0]!,
      cwd: '/',
      env: {},
    });
    expect(ended.code).toBe(126);
    expect(ended.stderr).toMatch(/^vtcode-sandbox: --ro "\/a+/);
  });

  test.each([
    ['--ro', '/a', 'more than 1000 mounts'],
    ['--hide', '/a', 'more than 1000 of --protect, --hide and --mask-socket'],
  ])('more than a thousand of %s are refused', async (flag, path, said) => {
    const many = Array.from({ length: 1001 }, (_, i) => [flag, `${path}${i}`]).flat();
    const ended = await start(programs.sanitize, [...many, ...CWD, ...RUN], { who: WHO[0]!, cwd: '/', env: {} });
    expect(ended.code).toBe(126);
    expect(ended.stderr).toContain(said);
  });

  test('a command with no view but its own folder runs', async () => {
    const ended = await start(programs.release, [...CWD, '--', 'ls'], { who: WHO[0]!, cwd: '/', env: {} });
    expect(ended).toMatchObject({ code: 127 });
  });
});

describe('the parser', () => {
  // More rounds in the long run of the tests: about 40,000 take a second.
  const rounds = process.env['LONG'] === '1' ? 2_000_000 : 100_000;
  test.each([1, 2])('survives random arguments, seed %i, and accepts some', (seed) => {
    const accepted = execFileSync(programs.fuzz, [String(seed * 7919), String(rounds)], { encoding: 'utf8' });
    expect(Number(accepted)).toBeGreaterThan(rounds / 1000);
  });
});
