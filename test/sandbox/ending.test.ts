/** How a run ends for us: all that it took is given back, also where a step fails; and what is the person's own stays. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEnding } from '../../server/sandbox/ending.ts';
import { git, ground, open, RUN, sh } from './ground.ts';

test('steps are undone from the last to the first, each once, whatever one of them throws', async () => {
  const done: string[] = [];
  const ending = createEnding();
  for (const name of ['a', 'b', 'c'])
    ending.add(() => {
      done.push(name);
      if (name !== 'a') throw new Error(name);
    });
  await expect(ending.all()).rejects.toThrow('c');
  await ending.all();
  expect(done).toEqual(['c', 'b', 'a']);
});

test('a disk that is full when a run is prepared blocks no later one', async () => {
  const { options } = await ground();
  const confinement = await open({ ...options, forceAssisted: true });
  if (confinement.status().tier !== 'assisted') return; // no bubblewrap here
  const dir = join(options.stateDir, 'sandbox');
  // In the place of the notes of the next runs: none can be written.
  const notes = Array.from({ length: 200 }, (_, i) => join(dir, `unscanned-${process.pid}-${i}.json`));
  for (const path of notes) if (!existsSync(path)) mkdirSync(path);
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'EISDIR' });
  for (const path of notes) rmSync(path, { recursive: true });
  expect(await sh(confinement, 'echo ok')).toMatchObject({ stdout: 'ok\n' });
});

test('where the look after a run fails, its folders are left and its note stays for the next start', async () => {
  const { options } = await ground();
  let broken = false;
  const rules = () => {
    if (broken) throw new Error('no rules');
    return [];
  };
  const confinement = await open({ ...options, rules });
  const prepared = await confinement.prepare(RUN);
  broken = true;
  await expect(prepared.done()).rejects.toThrow('no rules');
  broken = false;
  expect(readdirSync(join(options.stateDir, 'sandbox')).filter((name) => name.startsWith('unscanned-'))).toHaveLength(
    1,
  );
  const next = await confinement.prepare(RUN);
  const argv = next.argv(['/bin/bash', '-c', 'for i in {1..33}; do fallocate -l 64M ~/$i; done']);
  execFileSync(argv[0]!, argv.filter((word) => word !== '--control-fd' && word !== '3').slice(1), { env: {} });
  await next.done();
  expect(next.emptied()).toMatch(/were emptied/);
});

describe("the person's own git", () => {
  test('keeps a rebase that they begin while a command runs that cannot write in .git', async () => {
    const { options, root } = await ground({ 'a.txt': 'one\n' });
    git(root, 'init', '-q', '-b', 'main');
    const commit = (text: string) => {
      writeFileSync(join(root, 'a.txt'), text);
      git(root, 'add', '-A');
      git(root, 'commit', '-qm', text.trim());
    };
    commit('one\n');
    git(root, 'checkout', '-qb', 'side');
    commit('two\n');
    git(root, 'checkout', '-q', 'main');
    commit('three\n');
    const confinement = await open(options);
    const prepared = await confinement.prepare(RUN);
    expect(() => git(root, 'rebase', 'side')).toThrow(/conflict/i);
    expect(await prepared.done()).toEqual([]);
    expect(git(root, 'status')).toMatch(/rebase in progress/);
    const guarded = await confinement.prepare({ ...RUN, git: 'guarded' });
    expect(await guarded.done()).toEqual([]);
    git(root, 'rebase', '--abort');
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('three\n');
  });
});

describe('a workspace below /tmp', () => {
  test('has its place in the /tmp of the session, whatever a command puts there', async () => {
    const { options, root, top } = await ground({ 'a.txt': 'a' });
    const confinement = await open(options);
    const name = top.slice('/tmp/'.length);
    expect((await sh(confinement, `mv /tmp/${name} /tmp/y; ln -s / /tmp/${name}; cat a.txt`)).stdout).toBe('a');
    const prepared = await confinement.prepare(RUN);
    await prepared.done();
    expect(prepared.emptied()).toMatch(/something lay in the way of the workspace, and was renamed: .*\.moved-/);
    expect((await sh(confinement, `cat ${root}/a.txt; ls -d /tmp/*.moved-* | wc -l`)).stdout).toBe('a1\n');
    await sh(confinement, `mv /tmp/${name} /tmp/z; echo x > /tmp/${name}`);
    expect((await sh(confinement, 'cat a.txt')).stdout).toBe('a');
  });
});

describe('the cache', () => {
  test('of commands without a network is none that a networked one, or the person, runs things from', async () => {
    const { options } = await ground();
    const confinement = await open(options);
    const network = { mode: 'host' as const, hosts: [] };
    const plant = (name: string) => `echo ${name} > $XDG_CACHE_HOME/${name}; ls $XDG_CACHE_HOME`;
    expect((await sh(confinement, plant('a'))).stdout).toBe('a\n');
    expect((await sh(confinement, plant('b'), { network })).stdout).toBe('b\n');
    expect((await sh(confinement, plant('c'), { session: 'terminals' })).stdout).toBe('c\n');
    expect((await sh(confinement, plant('d'), { session: 'terminals', network })).stdout).toBe('d\n');
    expect((await sh(confinement, 'ls $XDG_CACHE_HOME', { session: 'command-line' })).stdout).toBe('c\n');
    expect((await sh(confinement, 'ls $XDG_CACHE_HOME', { session: 'two' })).stdout).toBe('a\n');
  });
});

test("the network of the host has no port of our own server's", async () => {
  const { options } = await ground();
  const confinement = await open({ ...options, ownPort: 443 });
  const prepared = await confinement.prepare({ ...RUN, network: { mode: 'host', hosts: [] } });
  await prepared.done();
  expect(prepared.policy.network).toEqual({ mode: 'host', connectPorts: [80, 22] });
});
