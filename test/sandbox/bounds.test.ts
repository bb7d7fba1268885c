/** What commands leave in their home, /tmp and cache is bounded, whatever they make of it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measure, removeTree, takeApart } from '../../server/sandbox/trees.ts';
import type { Confinement } from '../../server/sandbox/sandbox.ts';
import { repeated } from '../fixtures/repeated.ts';
import { tempDir } from '../fixtures/temp.ts';
import { ground, open, RUN, sh } from './ground.ts';

/** Of 64 MiB each that take no time to write. */
const FILL = 'for i in {1..33}; do fallocate -l 64M';

async function ran(confinement: Confinement, script: string, session = 'one'): Promise<string> {
  const prepared = await confinement.prepare({ ...RUN, session });
  const argv = prepared.argv(['/bin/bash', '-c', script]).filter((word, i, all) => !/^--control-fd$/.test(word) && all[i - 1] !== '--control-fd'); // prettier-ignore
  execFileSync(argv[0]!, argv.slice(1), { env: {}, stdio: 'pipe' });
  await prepared.done();
  return prepared.emptied();
}

describe('the home and /tmp of a session', () => {
  test('keep what is small, say nothing, and are emptied where they hold too much: bytes', async () => {
    const confinement = await open((await ground()).options);
    expect(await ran(confinement, 'echo kept > ~/kept; echo x > /tmp/kept')).toBe('');
    expect(await ran(confinement, `cat ~/kept; ${FILL} /tmp/$i; done`)).toMatch(
      /held more than 2048 MiB.*were emptied/,
    );
    expect(await sh(confinement, 'ls -A ~ /tmp')).toMatchObject({
      stdout: expect.stringMatching(/^\/home\/.vtcode:\n\n\/tmp:\n(vtcode-sandbox-\w+\n)?$/) as string,
    });
    expect(await ran(confinement, 'echo again > ~/again')).toBe('');
  });

  test('are left to what still runs, and emptied when that has ended', async () => {
    const confinement = await open((await ground()).options);
    const running = await confinement.prepare(RUN);
    expect(await ran(confinement, `${FILL} ~/$i; done`)).toBe('');
    expect((await sh(confinement, 'ls ~ | wc -l')).stdout).toBe('33\n');
    await running.done();
    expect(running.emptied()).toMatch(/were emptied/);
    expect((await sh(confinement, 'ls ~ | wc -l')).stdout).toBe('0\n');
  });

  test('are bounded in sum: those that rest longest go first, and are told when they come back', async () => {
    const confinement = await open((await ground()).options);
    const most = 'for i in {1..31}; do fallocate -l 64M ~/$i; done';
    for (const session of ['a', 'b', 'c', 'd', 'e']) expect(await ran(confinement, most, session)).toBe('');
    expect((await sh(confinement, 'ls ~ | wc -l', { session: 'b' })).stdout).toBe('31\n');
    expect(await ran(confinement, 'test -z "$(ls -A ~)"', 'a')).toMatch(/since your last command/);
    expect(await ran(confinement, 'true', 'a')).toBe('');
  });
});

describe('a tree', () => {
  const made = () => {
    const dir = tempDir('vtcode-tree-');
    const root = join(dir, 'tree');
    mkdirSync(root);
    return { dir, root };
  };

  test('is measured on disk, up to a bound', async () => {
    const { root } = made();
    execFileSync('truncate', ['-s', '1T', join(root, 'sparse')]);
    expect(await measure([root], { bytes: 1 << 20, entries: 10 })).toMatchObject({ isOver: false });
    writeFileSync(join(root, 'full'), Buffer.alloc(1 << 20));
    expect(await measure([root], { bytes: 1 << 20, entries: 10 })).toMatchObject({ isOver: true });
    for (let i = 0; i < 10; i++) mkdirSync(join(root, String(i)));
    expect(await measure([root], { bytes: 1 << 30, entries: 10 })).toMatchObject({ isOver: true });
  });

  test('so deep that no path reaches its end is over, and is removed', async () => {
    const { dir, root } = made();
    execFileSync('perl', ['-e', 'for (1..1500) { mkdir "deep"; chdir "deep" }'], { cwd: root });
    expect(await measure([root], { bytes: 1 << 30, entries: 100_000 })).toMatchObject({ isOver: true });
    await removeTree(root);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is removed whatever its modes, and no link is followed', async () => {
    const { dir, root } = made();
    const kept = join(dir, 'kept');
    mkdirSync(kept);
    writeFileSync(join(kept, 'file'), 'text');
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    writeFileSync(join(root, 'a/b/c/file'), '');
    symlinkSync(kept, join(root, 'a/b/link'));
    symlinkSync(kept, join(root, 'link'));
    for (const path of ['a/b/c', 'a/b', 'a', '.']) chmodSync(join(root, path), 0);
    await removeTree(root);
    expect(readdirSync(dir)).toEqual(['kept']);
    expect(readFileSync(join(kept, 'file'), 'utf8')).toBe('text');
    await removeTree(root);
  });

  test('is removed while somebody swaps its folders for links, and nothing else is', async () => {
    const { dir, root } = made();
    const kept = join(dir, 'kept');
    execFileSync('/bin/bash', ['-c', 'mkdir -p kept/{1..20}; touch kept/{1..20}/file'], { cwd: dir });
    const swap = `mkdir -p d/{1..20}/e f; touch d/{1..20}/file; mv d f/; ln -s ${kept} d; rm d; mv f/d d2; rm -rf d2 f`;
    const stop = repeated(swap, { cwd: root });
    for (let i = 0; i < 20; i++) {
      await removeTree(join(root, 'd')).catch(() => undefined);
      await removeTree(join(root, 'f')).catch(() => undefined);
    }
    await stop();
    expect(readdirSync(kept).length).toBe(20);
    expect(readdirSync(join(kept, '7'))).toEqual(['file']);
  });

  test('that was half gone when its process died is taken apart by the next', async () => {
    const { dir } = made();
    mkdirSync(join(dir, 'gone-x/0/a/b'), { recursive: true });
    mkdirSync(join(dir, 'gone-x/1-2-3'));
    await takeApart(join(dir, 'gone-x'));
    expect(existsSync(join(dir, 'gone-x'))).toBe(false);
  });
});
