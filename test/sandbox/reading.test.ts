/** What the kernel, git and a launcher say, read as they say it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSpawn } from '../../server/run/spawn.ts';
import { lastValue, parseGitConfig, writeGitConfig } from '../../server/sandbox/git-config.ts';
import { findLauncher } from '../../server/sandbox/launcher.ts';
import { type ProbeReport, statusOf } from '../../server/sandbox/probe.ts';
import { boundPaths } from '../../server/sandbox/sockets.ts';
import { NATIVE } from '../../scripts/build-native.mjs';

function folder(): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-reading-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  return top;
}

describe('the list of sockets', () => {
  const LINE = '00000000e917aa98: 00000002 00000000 00010000 0001 01 1238765';
  test('gives paths with blanks and line feeds, relative ones too, and no abstract ones', () => {
    const list = `Num       RefCount Protocol Flags    Type St Inode Path\n${LINE} /a b\n${LINE}\n${LINE} @abstract\n${LINE} /c\nd: e\n${LINE} rel.sock\n`;
    expect(boundPaths(list)).toEqual(['/a b', '/c\nd: e', 'rel.sock']);
  });
});

describe('a git config', () => {
  test('is read as git reads it', () => {
    const top = folder();
    const text = [
      '[core]\n\thooksPath = "a b" ; comment\n[Core] HOOKSPATH=x\\\ny # z\n[includeIf "gitdir:~/W/"]\n\tpath = inc',
      '[a "B \\"c\\""]\n  k = "q;\\t" tail  \n[empty]\n\tflag\n',
    ].join('\n');
    writeFileSync(join(top, 'config'), text);
    const ours = parseGitConfig(text).map(({ name, value }) => `${name}=${value}`);
    const theirs = execFileSync('git', ['config', '--file', join(top, 'config'), '--list', '--null'], {
      encoding: 'utf8',
    });
    const listed = theirs.split('\0').filter((one) => one !== '');
    expect(ours).toEqual(listed.map((one) => (one.includes('\n') ? one.replace('\n', '=') : `${one}=true`)));
    expect(lastValue(parseGitConfig(text), 'core.hookspath')).toBe('xy');
  });

  test('is written so that it reads the same', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '#', ';', '\n', '\t', 'ü'), maxLength: 12 });
    fc.assert(
      fc.property(value, (text) => {
        const values = [{ name: 'user.name', value: text }];
        expect(parseGitConfig(writeGitConfig(values))).toEqual(values);
      }),
    );
  });
});

describe('the tier', () => {
  const REPORT: ProbeReport = {
    ...{
      version: 1,
      arch: 'x86_64',
      kernel: '6.1',
      uid: 1000,
      landlock: { abi: 7, errata: 0 },
      ready: true,
      pids: 'pid_max',
    },
    ...{ namespaces: { user: true }, why: '' },
  };
  test('is full where a process was confined whole, and says what an older Landlock lacks', () => {
    expect(statusOf(REPORT)).toMatchObject({ tier: 'full', layers: { namespaces: true, landlock: 7, seccomp: true } });
    const old = statusOf({ ...REPORT, landlock: { abi: 1, errata: 0 } });
    expect([old.tier, old.missing.length]).toEqual(['full', 6]);
  });

  test('is none without Landlock, without namespaces, and where the whole did not come to be', () => {
    for (const uid of [0, 1000])
      expect(statusOf({ ...REPORT, uid, landlock: { abi: 0, errata: 0 }, ready: false })).toMatchObject({
        tier: 'none',
      });
    const broken = statusOf({ ...REPORT, ready: false, why: 'cannot mount.', namespaces: { user: true } });
    expect(broken).toMatchObject({ tier: 'none', why: expect.stringContaining('cannot mount.') as string });
  });

  test('is assisted where this user may make no namespaces, and says what would make it full', () => {
    const refused = statusOf({ ...REPORT, ready: false, why: 'cannot make namespaces.', namespaces: { user: false } });
    expect(refused).toMatchObject({ tier: 'assisted', why: expect.stringContaining('AppArmor') as string });
  });
});

describe('the launcher', () => {
  const at = (top: string) => ({
    root: join(top, 'work'),
    stateDir: join(top, 'state'),
    spawn: createSpawn(),
    sources: NATIVE,
  });

  test('is compiled once from its sources where none was built', async () => {
    const top = folder();
    mkdirSync(join(top, 'state'));
    const found = await findLauncher({ ...at(top), built: join(top, 'none') });
    expect(found).toEqual({
      path: expect.stringMatching(/state\/launcher\/[0-9a-f]{16}\/vtcode-sandbox$/) as string,
      why: '',
    });
    expect(JSON.parse(execFileSync(found.path, ['--probe'], { encoding: 'utf8' }))).toMatchObject({ version: 1 });
    const made = statSync(found.path).ino;
    expect(await findLauncher({ ...at(top), built: join(top, 'none') })).toEqual(found);
    expect(statSync(found.path).ino).toBe(made);
  });

  test('is none without a compiler, and without sources, in words', async () => {
    const top = folder();
    const none = { ...at(top), built: join(top, 'none') };
    expect((await findLauncher({ ...none, compilers: [] })).why).toMatch(/no C compiler: apt-get install/);
    expect((await findLauncher({ ...none, sources: top })).why).toMatch(/its sources are not in/);
  });

  test('that others may write is not run; one in the workspace is run as a copy of ours', async () => {
    const top = folder();
    mkdirSync(join(top, 'work'));
    const built = join(top, 'work/vtcode-sandbox');
    writeFileSync(built, '#!/bin/true\n', { mode: 0o755 });
    const options = { ...at(top), built, compilers: [] };
    const copy = (await findLauncher(options)).path;
    expect(copy).toMatch(/\/state\/launcher\//);
    chmodSync(built, 0o777);
    expect((await findLauncher(options)).why).toMatch(/may be written by others/);
  });
});
