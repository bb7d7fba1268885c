/** What a command can do to hide from the look after it: other forms of a repository, folders out of reach, crowds of names. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../server/base/fault.ts';
import type { PathRule } from '../../server/policy/paths.ts';
import { carve } from '../../server/sandbox/carve.ts';
import { personalGit } from '../../server/sandbox/git-named.ts';
import { findNew, quarantine, seenBefore } from '../../server/sandbox/scan.ts';
import { createSurveyor } from '../../server/sandbox/survey.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ground, once, open, RUN, sh } from './ground.ts';

const RULE = { id: 't', layer: 'user' as const, source: 'test', patterns: [''], why: 'For a test.' };
const paths = (found: readonly { path: string }[]) => found.map(({ path }) => path);

function put(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

describe('a repository whose objects lie in another folder', () => {
  const plant = (top: string) => `mkdir -p sub/store/objects sub/store/refs
    echo "ref: refs/heads/main" > sub/HEAD; echo store > sub/commondir
    printf '[core]\\n\\trepositoryformatversion = 1\\n\\tbare = false\\n[extensions]\\n\\tworktreeConfig = true\\n' > sub/store/config
    printf '[core]\\n\\tworktree = ..\\n\\tfsmonitor = "touch ${top}/RAN; false"\\n' > sub/config.worktree`;
  const status = (cwd: string) => {
    try {
      execFileSync('git', ['status'], { cwd, stdio: 'ignore' });
    } catch {
      return; // what it says does not matter, only what it ran
    }
  };

  test('runs a program of its own in git of the host, and is put away before it can', async () => {
    const { options, root, top } = await ground({ 'plain/a': '' });
    execFileSync('bash', ['-c', plant(top)], { cwd: join(root, 'plain') });
    status(join(root, 'plain/sub'));
    expect(existsSync(join(top, 'RAN'))).toBe(true);
    execFileSync('rm', ['-r', join(top, 'RAN'), join(root, 'plain')]);

    const { findings } = await sh(await open(options), plant(top));
    expect(paths(findings)).toEqual(['sub']);
    expect(existsSync(join(root, 'sub'))).toBe(false);
    for (const name of readdirSync(join(root, '.vtcode/quarantine'), { recursive: true }) as string[])
      if (name.endsWith('vtcode-quarantine')) expect(name).toMatch(/1-sub/);
    expect(existsSync(join(top, 'RAN'))).toBe(false);
  });

  test('is held, with the folder that it names, where it stood before', async () => {
    const { options, root } = await ground({ 'sub/HEAD': 'x', 'sub/commondir': '../store\n', 'store/config': 'a' });
    put(root, { 'store/objects/x': '', 'store/refs/x': '' });
    const ran = await once(options, 'echo b > store/config; echo b > sub/config.worktree; mv store s; mv sub t');
    expect(ran.findings).toEqual([]);
    expect(readdirSync(join(root, 'sub')).sort()).toEqual(['HEAD', 'commondir']);
    expect(readdirSync(join(root, 'store')).sort()).toEqual(['config', 'objects', 'refs']);
    expect(execFileSync('cat', ['store/config'], { cwd: root, encoding: 'utf8' })).toBe('a');
  });
});

describe('a path too long to be spelled', () => {
  const DEEP = `perl -e 'for (1..20) { mkdir "d" x 250; chdir "d" x 250 }'`;

  test('is put away, and what was planted beside it too; the workspace goes on, and opens anew', async () => {
    const { options, root } = await ground();
    const confinement = await open(options);
    const { findings } = await sh(confinement, `${DEEP}; mkdir -p x/.git; echo x > .envrc`);
    expect(paths(findings)).toEqual(['.envrc', expect.stringMatching(/^d{250}\/.*d$/), 'x/.git']);
    for (const { why } of findings) expect(why).toMatch(/moved to \.vtcode/);
    expect(await sh(confinement, 'echo on')).toMatchObject({ stdout: 'on\n', findings: [] });
    expect(existsSync(join(root, '.envrc'))).toBe(false);
  });

  test('is unreadable for a command where it was before, and nothing else is', async () => {
    const { options, root } = await ground({ 'a.txt': 'a' });
    onTestFinished(() => void execFileSync('rm', ['-rf', root])); // by descriptors, as no path can
    execFileSync('bash', ['-c', DEEP], { cwd: root });
    const confinement = await open(options);
    expect(confinement.leftBehind).toEqual([]);
    const ran = await sh(confinement, `cat a.txt; find . -type d -name "ddd*" | wc -l`);
    expect(ran).toMatchObject({ findings: [] });
    expect(ran.stdout).toMatch(/^a1[0-3]\n$/);
  });

  test('of a link is no reason to stop', async () => {
    const { options } = await ground();
    const confinement = await open(options);
    await sh(confinement, `ln -s $(printf 'x%.0s' {1..300}) .env; ln -s .env .envrc.local; ln -s loop CLAUDE.md`);
    expect(await sh(confinement, 'echo on')).toMatchObject({ stdout: 'on\n' });
  });
});

/** Modes stop no root: there the files are another user's, and we are that user meanwhile. */
async function asPlain<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid!() !== 0) return work();
  process.setegid!(1000);
  process.seteuid!(1000);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

describe('a folder of ours that cannot be listed or entered', () => {
  test.each([0o311, 0o300, 0o000, 0o644])('is put away with what it hides, mode %o', async (mode) => {
    const { root, top } = await ground();
    chmodSync(top, 0o755);
    if (process.getuid!() === 0) chownSync(root, 1000, 1000);
    await asPlain(async () => {
      const surveyor = createSurveyor(root, () => []);
      const before = seenBefore(await surveyor.look(), root, 'readonly');
      put(root, { 'a/b/.git/config': '', 'read-only/.git/config': '' });
      chmodSync(join(root, 'a/b'), mode);
      chmodSync(join(root, 'a'), 0o555);
      chmodSync(join(root, 'read-only'), 0o555);
      const found = findNew(before, { survey: await surveyor.look(), root }, () => false);
      expect(paths(found)).toEqual(['a/b', 'read-only/.git']);
      for (const { why } of quarantine(root, found, 'now')) expect(why).toMatch(/moved to/);
      expect(readdirSync(join(root, 'a'))).toEqual([]);
      const again = findNew(before, { survey: await surveyor.look(), root }, () => false);
      expect(again).toEqual([]);
      chmodSync(join(root, 'a'), 0o755);
      chmodSync(join(root, 'read-only'), 0o755);
    });
  });
});

describe('rules of the person', () => {
  test('hold in folders of dependencies too, at any depth; those of ours do not', async () => {
    const { options, root } = await ground({
      'target/keys/a/b/c/one': 'KEY',
      'target/.env': 'theirs',
      'target/hold': 'h',
    });
    const rules = (): PathRule[] => [
      { ...RULE, kind: 'sensitive', patterns: ['target/keys/a/**'] },
      { ...RULE, kind: 'protected', patterns: ['target/hold'] },
    ];
    const ran = await sh(
      await open({ ...options, rules }),
      'cat target/keys/a/b/c/one target/.env; echo x > target/hold',
    );
    expect(ran.stdout).toBe('theirs');
    expect(execFileSync('cat', ['target/hold'], { cwd: root, encoding: 'utf8' })).toBe('h');
  });
});

describe('depth', () => {
  const deep = (levels: number) => Array.from({ length: levels }, () => 'd').join('/');

  test('hides no secret and no plant', async () => {
    const { options } = await ground({ [`${deep(70)}/.env`]: 'KEY', 'node_modules/p/package.json': '{}' });
    const plants = [`${deep(90)}/.git`, 'node_modules/a/b/c/d/.git', '.github/x/.git', '.aws/x/.git'];
    const ran = await sh(await open(options), `cat ${deep(70)}/.env; mkdir -p ${plants.join(' ')}`);
    expect(ran.stdout).toBe('');
    expect(paths(ran.findings)).toEqual([...plants].sort());
  });

  test('past the bound is a finding by itself', async () => {
    const { options } = await ground();
    const depth = LIMITS.surveyDepth.value;
    const { findings } = await sh(await open(options), `mkdir -p ${deep(depth + 5)}/.git`);
    expect(paths(findings)).toEqual([deep(depth + 1)]);
  });
});

describe('a look that could not be had', () => {
  test('is made up for by the next one that can: what stood before is not forgotten', async () => {
    const { options, root } = await ground();
    let isBroken = false;
    const rules = (): PathRule[] => {
      if (isBroken) throw new Fault({ status: 422, code: 'broken', message: 'No look now.' });
      return [];
    };
    const confinement = await open({ ...options, rules });
    const run = await confinement.prepare(RUN);
    put(root, { 'n/.git/config': '' });
    isBroken = true;
    expect(await run.done()).toMatchObject([{ path: '.', why: expect.stringMatching(/No look now/) as string }]);
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'broken' });
    isBroken = false;
    expect(await sh(confinement, 'ls -d n/.git; true')).toMatchObject({ stdout: '', findings: [{ path: 'n/.git' }] });
    expect(readdirSync(join(options.stateDir, 'sandbox')).filter((name) => name.startsWith('unscanned'))).toEqual([]);
    expect(await sh(confinement, 'true')).toMatchObject({ findings: [] });
  });

  test('where the workspace itself is closed is refused with a reason', async () => {
    const { root, top } = await ground();
    chmodSync(top, 0o755);
    if (process.getuid!() === 0) chownSync(root, 1000, 1000);
    await asPlain(async () => {
      chmodSync(root, 0o300);
      await expect(createSurveyor(root, () => []).look()).rejects.toMatchObject({ code: 'workspace_unseen' });
      chmodSync(root, 0o700);
    });
  });
});

describe('a folder of more names than can be looked at', () => {
  test('is put away as a whole, and ends no look; one that was there is hidden', async () => {
    const { root } = await ground({ 'plain/1': '', 'plain/2': '' });
    const surveyor = createSurveyor(root, () => [], 20);
    const before = seenBefore(await surveyor.look(), root, 'readonly');
    put(root, Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`in/crowd/${i}`, ''])));
    put(root, { 'in/crowd/x/.git/config': '', 'n/.git/config': '' });
    const survey = await surveyor.look();
    const found = findNew(before, { survey, root }, () => false);
    expect(paths(found)).toEqual(['in/crowd', 'n/.git']);
    const carving = await carve(survey, {
      root,
      git: 'readonly',
      readRoots: [],
      apart: [],
      personal: personalGit([], {}),
    });
    expect(carving.closed).toEqual([join(root, 'in/crowd')]);
    quarantine(root, found, 'now');
    expect(readdirSync(join(root, 'in'))).toEqual([]);
  });
});

describe('a program that editors load', () => {
  test('is told when it is new, and stays; a changed one is ordinary work', async () => {
    const { options, root } = await ground({ 'eslint.config.js': 'a', 'node_modules/p/x': '' });
    const confinement = await open(options);
    const script =
      'echo b > n; mv n eslint.config.js; echo x > tailwind.config.ts; echo x > node_modules/p/jest.config.js';
    const { findings } = await sh(confinement, script);
    expect(paths(findings)).toEqual(['tailwind.config.ts']);
    expect(findings[0]!.why).toMatch(/It stays where it is/);
    expect(existsSync(join(root, 'tailwind.config.ts'))).toBe(true);
    expect((await sh(confinement, 'true')).findings).toEqual([]);
  });
});
