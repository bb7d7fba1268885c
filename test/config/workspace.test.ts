/** Which directories can be a workspace, and why the others cannot. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkWorkspace, holds, workspaceId } from '../../server/config/workspace.ts';
import { tempDir } from '../fixtures/temp.ts';

function ground() {
  const top = tempDir();
  for (const dir of ['home/project/sub', 'home/.config/vtcode', 'etc/vtcode', 'srv/kept']) {
    mkdirSync(join(top, dir), { recursive: true });
  }
  writeFileSync(join(top, 'file'), '');
  symlinkSync(join(top, 'home/project'), join(top, 'link'));
  symlinkSync(join(top, 'home'), join(top, 'homelink'));
  symlinkSync(join(top, 'loop'), join(top, 'loop'));
  const check = (dir: string) =>
    checkWorkspace({
      dir,
      cwd: top,
      homes: [join(top, 'home')],
      kept: [
        { path: join(top, 'home/.config/vtcode'), what: 'where trust keys are kept' },
        { path: join(top, 'srv/kept'), what: 'where records are kept' },
      ],
    });
  return { top, check };
}

test('a project is taken by its real path, however it is named', async () => {
  const { top, check } = ground();
  const project = join(top, 'home/project');
  for (const name of ['home/project', './home/../home/project/', 'link', project])
    expect(await check(name)).toBe(project);
});

test.each([
  ['/', /`\/` is the whole machine/],
  ['../../../../../../../../..', /`\/` is the whole machine/],
  ['file', /"file" is not a directory/],
  ['file/x', /is not a directory/],
  ['missing', /"missing" does not exist/],
  ['loop', /symbolic link that leads to itself/],
  ['home', /is your home directory/],
  ['homelink', /is your home directory/],
  ['.', /holds your home directory/],
  ['srv', /holds .*srv\/kept, where records are kept/],
  ['srv/kept', /holds .*srv\/kept/],
  ['home/.config/vtcode', /where trust keys are kept/],
  ['x\0y', /cannot be used/],
  ['a\nb', /"a\\nb" does not exist/],
])('%j is refused', async (dir, why) => {
  const { check } = ground();
  await expect(check(dir)).rejects.toThrow(why);
  await expect(check(dir)).rejects.toMatchObject({ status: 400, code: 'workspace_refused' });
});

test.each(['/proc/self', '/proc', '/sys/kernel', '/proc/self/fd'])(
  '%s, which shows the state of the kernel where there is one, is refused',
  async (dir) => {
    const { check } = ground();
    const why = process.platform === 'linux' ? /shows the state of the kernel/ : /does not exist/;
    await expect(check(dir)).rejects.toThrow(why);
    await expect(check(dir)).rejects.toMatchObject({ status: 400, code: 'workspace_refused' });
  },
);

test('one below our own directories is refused', async () => {
  const { top, check } = ground();
  mkdirSync(join(top, 'srv/kept/inner'));
  await expect(check('srv/kept/inner')).rejects.toThrow(/lies in/);
});

test('a name that only begins like another does not hold it', () => {
  expect(holds('/a/b', '/a/bc')).toBe(false);
  expect(holds('/a/b', '/a/b/..c')).toBe(true);
  expect(holds('/a/b', '/a')).toBe(false);
});

test('the id has a readable word and tells two places of one name apart', () => {
  expect(workspaceId('/srv/My Project!')).toMatch(/^my-project-[0-9a-f]{16}$/);
  expect(workspaceId('/srv/日本')).toMatch(/^workspace-[0-9a-f]{16}$/);
  expect(workspaceId('/a/app')).not.toBe(workspaceId('/b/app'));
  expect(workspaceId(`/${'x'.repeat(250)}`).length).toBeLessThan(60);
});

test('mode bits of the directory do not matter where it can be read', async () => {
  const { top, check } = ground();
  chmodSync(join(top, 'home/project'), 0o777);
  expect(await check('home/project')).toBe(join(top, 'home/project'));
});
