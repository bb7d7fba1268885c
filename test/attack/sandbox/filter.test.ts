/** The seccomp filter itself: its table against the kernel's headers, and its answers on both architectures. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProgram, NATIVE } from '../../../scripts/build-native.mjs';
import { dumpFilter } from '../../../scripts/filters.mjs';
import { built, type Built } from './built.ts';
import { confined } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { WHO } from './world.ts';

const ARCHS = ['x86_64', 'aarch64'] as const;
type Arch = (typeof ARCHS)[number];

/** AUDIT_ARCH_* of linux/audit.h; i386 and 32-bit ARM are what these machines also run. */
const AUDIT: Record<Arch, number> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
const FOREIGN: Record<Arch, number> = { x86_64: 0x40000003, aarch64: 0x40000028 };

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number) => 0x00050000 + number;
const [EPERM, EACCES, ENOSYS, EOPNOTSUPP] = [errno(1), errno(13), errno(38), errno(95)];

interface Row {
  name: string;
  x86_64: number;
  aarch64: number;
  answer: string;
}

let programs: Built;
let place: Place;
let table: Row[];
const dir = mkdtempSync(join(tmpdir(), 'vtcode-filter-'));

beforeAll(async () => {
  programs = await built();
  place = await openPlace();
  table = execFileSync(programs.filter, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name, x86_64, aarch64, answer]) => ({
      name: name!,
      x86_64: Number(x86_64),
      aarch64: Number(aarch64),
      answer: answer!,
    }));
});
afterAll(() => {
  place.close();
  rmSync(dir, { recursive: true, force: true });
});

test.each(ARCHS)('native/filter-%s.bpf is what the launcher loads, byte for byte: else, npm run filters', (arch) => {
  const shipped = readFileSync(join(NATIVE, `filter-${arch}.bpf`));
  expect(shipped.equals(dumpFilter(programs.filter, arch))).toBe(true);
});

interface Call {
  number: number;
  args?: (number | bigint)[];
  audit?: number;
}

type Options = { unix?: boolean; host?: boolean };

/** What the kernel would be told for each call. */
function answers(arch: Arch, calls: Call[], { unix = true, host = false }: Options = {}): number[] {
  const line = ({ number, args = [], audit = AUDIT[arch] }: Call) =>
    [audit, number, ...Array.from({ length: 6 }, (_, i) => args[i] ?? 0)].map((one) => one.toString(16)).join(' ');
  const { stdout, status, stderr } = spawnSync(programs.filter, [arch, unix ? '1' : '0', host ? '1' : '0'], {
    input: `${calls.map(line).join('\n')}\n`,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((word) => Number.parseInt(word, 16));
}

const numberOf = (name: string, arch: Arch) => {
  const found = table.find((row) => row.name === name);
  if (!found || found[arch] < 0) throw new Error(`${arch} has no ${name}`);
  return found[arch];
};

describe('the table of calls', () => {
  test('names no call twice, on any architecture', () => {
    for (const arch of ARCHS) {
      const numbers = table.map((row) => row[arch]).filter((number) => number >= 0);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  test("agrees with this machine's kernel headers", async () => {
    const arch: Arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const checks = table.map(
      (row) => `#ifdef __NR_${row.name}\n_Static_assert(__NR_${row.name} == ${row[arch]}, "${row.name}");\n#endif`,
    );
    const source = join(dir, 'numbers.c');
    writeFileSync(source, `#include <sys/syscall.h>\n${checks.join('\n')}\nint main(void) { return 0; }\n`);
    await compileProgram({ sources: [source], target: join(dir, 'numbers') });
  });

  test('leaves out on aarch64 only what the kernel does not have there', () => {
    const missing = table.filter((row) => row.aarch64 < 0).map((row) => row.name);
    expect(missing).toEqual([
      ...[
        'modify_ldt',
        'uselib',
        'ustat',
        'sysfs',
        '_sysctl',
        'create_module',
        'get_kernel_syms',
        'query_module',
        'iopl',
        'ioperm',
      ],
      ...['chmod', 'creat', 'mknod', 'mkdir', 'open'],
    ]);
  });
});

describe.each(ARCHS)('the filter on %s', (arch) => {
  const one = (name: string, args: (number | bigint)[] = [], options: Options = {}) =>
    answers(arch, [{ number: numberOf(name, arch), args }], options)[0];

  test('refuses what the table refuses, and nothing is allowed that it names', () => {
    const rows = table.filter((row) => row[arch] >= 0 && ['refuse', 'absent'].includes(row.answer));
    const got = answers(
      arch,
      rows.map((row) => ({ number: row[arch], args: [-1n & 0xffffffffffffffffn] })),
    );
    expect(got).toEqual(rows.map((row) => (row.answer === 'refuse' ? EPERM : ENOSYS)));
  });

  test('allows every other call up to the last one known, and says that later ones do not exist', () => {
    const named = new Set(table.map((row) => row[arch]));
    const others = Array.from({ length: 470 }, (_, number) => number).filter((number) => !named.has(number));
    expect(
      answers(
        arch,
        others.map((number) => ({ number })),
      ),
    ).toEqual(others.map(() => ALLOW));
    const later = [
      470, 471, 500, 1000, 0x3fffffff, 0x40000000, 0x40000001, 0x40000027, 0x7fffffff, 0x80000000, 0xffffffff,
    ];
    expect(
      answers(
        arch,
        later.map((number) => ({ number })),
      ),
    ).toEqual(later.map(() => ENOSYS));
  });

  test('ends a process that enters by another architecture', () => {
    const other = ARCHS.find((name) => name !== arch)!;
    const foreign = [FOREIGN[arch], AUDIT[other], 0, 0xffffffff].map((audit) => ({ number: 20, audit }));
    expect(answers(arch, foreign)).toEqual(foreign.map(() => KILL));
  });

  test('looks at the low half of an argument, whatever the upper half holds', () => {
    const rubbish = (low: number) => BigInt(low) | (0xdeadbeefn << 32n);
    expect(one('ioctl', [0, rubbish(0x5412)])).toBe(EPERM);
    expect(one('clone', [rubbish(0x10000000)])).toBe(EPERM);
    expect(one('socket', [rubbish(40), 1, 0])).toBe(EACCES);
    expect(one('fchmod', [3, rubbish(0o4755)])).toBe(EPERM);
    expect(one('socket', [rubbish(2), rubbish(1), rubbish(6)])).toBe(ALLOW);
  });

  test('refuses typing into terminals, and nothing else that they are asked', () => {
    expect([0x5412, 0x541c, 0x541d, 0x5423].map((request) => one('ioctl', [0, request]))).toEqual([
      EPERM,
      EPERM,
      EPERM,
      EPERM,
    ]);
    expect([0x5401, 0x5413, 0x5414, 0x540e, 0x5411, 0x541b].map((request) => one('ioctl', [0, request]))).toEqual(
      Array(6).fill(ALLOW),
    );
  });

  test('refuses every kind of new namespace, and lets threads and forks be', () => {
    const kinds = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
    for (const kind of kinds) {
      expect(one('clone', [kind | 17])).toBe(EPERM);
      expect(one('unshare', [kind])).toBe(EPERM);
    }
    expect(one('unshare', [0x80])).toBe(EPERM);
    expect([17, 0x1200011, 0x3d0f00, 0x4111].map((flags) => one('clone', [flags]))).toEqual(Array(4).fill(ALLOW));
    expect(one('unshare', [0x400])).toBe(ALLOW);
  });

  test('allows sockets of four families, of IP only TCP and UDP', () => {
    const socket = (...args: number[]) => one('socket', args);
    expect([
      socket(1, 1, 0),
      socket(1, 2 | 0x80000, 0),
      socket(2, 1, 0),
      socket(2, 1 | 0x800, 6),
      socket(10, 2, 17),
      socket(16, 3, 0),
    ]).toEqual(Array(6).fill(ALLOW));
    const refused = [
      ...[
        [0, 1, 0],
        [2, 3, 1],
        [2, 3, 255],
        [2, 1, 262],
        [2, 1, 132],
        [2, 2, 136],
        [2, 2, 1],
        [2, 5, 0],
        [10, 3, 58],
      ],
      ...[
        [16, 3, 12],
        [16, 2, 16],
        [17, 3, 0],
        [29, 3, 1],
        [31, 1, 3],
        [38, 5, 0],
        [40, 1, 0],
        [44, 3, 0],
        [45, 1, 0],
      ],
    ];
    expect(refused.map((args) => socket(...args))).toEqual(refused.map(() => EACCES));
    expect(one('socket', [1, 1, 0], { unix: false })).toBe(EACCES);
    expect([one('socketpair', [1, 1, 0], { unix: false }), one('socketpair', [2, 1, 0])]).toEqual([ALLOW, EACCES]);
  });

  test('refuses the setuid and setgid bits wherever a mode is given', () => {
    const calls: [string, number[]][] = [
      ['fchmod', [0, 0]],
      ['fchmodat', [0, 0, 0]],
      ['fchmodat2', [0, 0, 0]],
      ['mknodat', [0, 0, 0]],
      ['mkdirat', [0, 0, 0]],
    ];
    if (arch === 'x86_64') calls.push(['chmod', [0, 0]], ['creat', [0, 0]], ['mknod', [0, 0]], ['mkdir', [0, 0]]);
    for (const [name, args] of calls)
      expect([0o4755, 0o2755, 0o6000, 0o1777, 0o644].map((mode) => one(name, [...args.slice(0, -1), mode]))).toEqual([
        ...[EPERM, EPERM, EPERM, ALLOW, ALLOW],
      ]);
    const open = (flags: number, mode: number) => one('openat', [0, 0, flags, mode]);
    expect([
      open(0o101, 0o4755),
      open(0o20200002, 0o2755),
      open(0, 0o4755),
      open(0o101, 0o755),
      open(0o200000, 0o7777),
    ]).toEqual([...[EPERM, EPERM, ALLOW, ALLOW, ALLOW]]);
    if (arch === 'x86_64')
      expect([one('open', [0, 0o101, 0o4755]), one('open', [0, 0, 0o4755])]).toEqual([EPERM, ALLOW]);
  });

  test('refuses data with a connection on the network of the host alone', () => {
    const fast = { sendto: [0, 0, 0, 0x20000000], sendmsg: [0, 0, 0x20000000], sendmmsg: [0, 0, 0, 0x20000000] };
    for (const [name, args] of Object.entries(fast)) {
      expect(one(name, args, { host: true })).toBe(EOPNOTSUPP);
      expect(one(name, args)).toBe(ALLOW);
      expect(
        one(
          name,
          args.map(() => 0x4000),
          { host: true },
        ),
      ).toBe(ALLOW);
    }
  });

  test('allows three personalities', () => {
    expect([0, 0x40000, 0xffffffff, 0x400000, 8].map((one_) => one('personality', [one_]))).toEqual([
      ALLOW,
      ALLOW,
      ALLOW,
      EPERM,
      EPERM,
    ]);
  });

  test('stays small: the kernel runs it for every number when it is loaded', () => {
    const { stderr } = spawnSync(programs.filter, [arch, '1', '1'], { input: '', encoding: 'utf8' });
    expect(Number(stderr)).toBeLessThan(300);
  });
});

describe.each(WHO)('the kernel, asked as %s', (who) => {
  test('refuses each call that is to be refused', async () => {
    const arch: Arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const rows = table.filter((row) => row[arch] >= 0 && ['refuse', 'absent'].includes(row.answer));
    const script = `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number, wanted in [${rows.map((row) => `('${row.name}', ${row[arch]}, ${row.answer === 'refuse' ? 1 : 38})`).join(', ')}]:
  ctypes.set_errno(0)
  result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
  if result != -1 or ctypes.get_errno() != wanted: print(name, result, ctypes.get_errno())
`;
    const ended = await place.inWorld(who, 'usual', (setting) => {
      writeFileSync(join(setting.world.ws, 'calls.py'), script);
      return confined(place.programs.release, setting, '/usr/bin/python3 calls.py');
    });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
