/** Our directories are ours alone, or nothing starts. */
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../server/base/fault.ts';
import { findDirs, homesOf, prepareDir } from '../../server/config/dirs.ts';
import { tempDir } from '../fixtures/temp.ts';

describe('where they are', () => {
  test.each([
    [{ HOME: '/h' }, '/h/.config/vtcode', '/h/.local/state/vtcode'],
    [{ HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, '/c/vtcode', '/s/vtcode'],
    [{ HOME: '/h', XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: '' }, '/h/.config/vtcode', '/h/.local/state/vtcode'],
    [{ HOME: '/h', VTCODE_CONFIG_DIR: '/vc', VTCODE_STATE_DIR: '/vs/../vt', XDG_STATE_HOME: '/s' }, '/vc', '/vt'],
    [{ HOME: '/h', VTCODE_CONFIG_DIR: '', VTCODE_STATE_DIR: '' }, '/h/.config/vtcode', '/h/.local/state/vtcode'],
  ])('%j', (variables, config, state) => expect(findDirs(variables)).toEqual({ config, state }));

  test('a relative one of ours is refused, for where it leads depends on where one stands', () => {
    expect(() => findDirs({ HOME: '/h', VTCODE_STATE_DIR: 'state' })).toThrow(
      /VTCODE_STATE_DIR is expected to be an absolute/,
    );
  });

  test('the home of the environment and that of the system both count, and `/` never', () => {
    expect(homesOf({ HOME: '/h/' })).toContain('/h');
    expect(homesOf({ HOME: '/' })).not.toContain('/');
    expect(homesOf({ HOME: 'relative' })).not.toContain('relative');
  });
});

describe('making one', () => {
  test('makes it 0700 with its parents', async () => {
    const dir = join(tempDir(), 'a', 'b');
    expect(await prepareDir(dir, 'state')).toBe(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test('takes one that is there, through a link, by its real path', async () => {
    const dir = tempDir();
    symlinkSync(dir, `${dir}-link`);
    expect(await prepareDir(`${dir}-link`, 'state')).toBe(dir);
  });

  test.each([0o770, 0o702, 0o777])('refuses mode %o and says how to mend it', async (mode) => {
    const dir = tempDir();
    chmodSync(dir, mode);
    const fault = await prepareDir(dir, 'config').catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'directory_unsafe', hint: `To mend it: chmod 700 ${dir}` });
  });

  test('takes one that others may read but not write: 0755', async () => {
    const dir = tempDir();
    chmodSync(dir, 0o755);
    expect(await prepareDir(dir, 'config')).toBe(dir);
  });

  test('refuses a file, and a path through a file', async () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    await expect(prepareDir(file, 'state')).rejects.toThrow(/cannot be used/);
    await expect(prepareDir(join(file, 'x'), 'state')).rejects.toThrow(/cannot be made \(ENOTDIR\)/);
  });

  test('refuses one below a parent that anyone may rename', async () => {
    const parent = join(tempDir(), 'open');
    mkdirSync(join(parent, 'vtcode'), { recursive: true, mode: 0o700 });
    chmodSync(parent, 0o777);
    await expect(prepareDir(join(parent, 'vtcode'), 'state')).rejects.toThrow(/anyone may write in/);
    chmodSync(parent, 0o1777);
    expect(await prepareDir(join(parent, 'vtcode'), 'state')).toBe(join(parent, 'vtcode'));
  });

  test('refuses one of another user', async () => {
    // As root we can give a directory away; else the system's own stands for one of another user.
    const dir = tempDir();
    const isRoot = process.getuid!() === 0;
    if (isRoot) chownSync(dir, 12345, 12345);
    await expect(prepareDir(isRoot ? dir : '/usr', 'state')).rejects.toThrow(
      isRoot ? /belongs to user 12345/ : /belongs to user 0/,
    );
  });
});
