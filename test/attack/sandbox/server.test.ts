/** Attacks on the policy that the server itself makes of a workspace, and what each part of it alone keeps out. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSpawn } from '../../../server/run/spawn.ts';
import { git, ground, open, RUN, type Ground } from '../../sandbox/ground.ts';

const KEY = 'KEY-OF-THE-PERSON';

/** What is left out of what the server made: flags of one kind, the placeholders that stand, or the look after the command. */
type Without = 'nothing' | '--hide' | '--protect' | '--mask-socket' | 'other names' | 'placeholders' | 'scan';

interface Attack {
  name: string;
  /** Run in the workspace. */
  script: string;
  /** Whether it got what it was after. */
  won: (place: Ground, stdout: string) => boolean;
  /** The part without which it wins. */
  opensWithout: Exclude<Without, 'nothing'>;
}

const stands = (path: string) => (place: Ground) => existsSync(join(place.root, path));
const saidKey = (_place: Ground, stdout: string) => stdout.includes(KEY);
const plant = (name: string, script: string, path: string): Attack => ({
  ...{ name, script, won: stands(path), opensWithout: 'scan' },
});

const ATTACKS: Attack[] = [
  { name: 'read a hidden file', script: 'cat .env', won: saidKey, opensWithout: '--hide' },
  { name: 'read a key far below', script: 'cat conf/a/b/id_rsa', won: saidKey, opensWithout: '--hide' },
  { name: 'read a key by another name', script: 'cat src/notes.txt', won: saidKey, opensWithout: 'other names' },
  {
    ...{ name: 'change a hook of git', script: 'echo evil >> .git/hooks/pre-commit', opensWithout: '--protect' },
    won: ({ root }) => readFileSync(join(root, '.git/hooks/pre-commit'), 'utf8').includes('evil'),
  },
  {
    ...{ name: 'make tasks of an editor', script: 'mkdir -p .vscode; echo {} > .vscode/tasks.json; true' },
    ...{ won: (_place, stdout) => stdout.includes('MADE'), opensWithout: 'placeholders' },
  },
  {
    ...{
      name: 'reach a socket of the host',
      opensWithout: '--mask-socket',
      won: (_place, stdout) => stdout === 'IN\n',
    },
    script: `node -e "require('net').connect('host.sock').on('connect', () => { console.log('IN'); process.exit() }).on('error', () => {})"`,
  },
  plant('leave a repository', 'git init -q sub', 'sub/.git'),
  plant('leave a bare one', 'mkdir -p b/objects b/refs; echo x > b/HEAD', 'b'),
  plant('leave one with a commondir', 'mkdir c; echo x > c/HEAD; echo ../src > c/commondir', 'c'),
  plant('leave one deep in dependencies', 'mkdir -p node_modules/a/b/c/d/.git', 'node_modules/a/b/c/d/.git'),
  plant(
    'leave one below a path that nobody can spell',
    `perl -e 'for (1..20) { mkdir "d" x 250; chdir "d" x 250 }'; mkdir x.git; mkdir -p p/.git`,
    'p/.git',
  ),
  plant('leave what a shell runs', 'echo x > .envrc', '.envrc'),
];

async function attacked({ script, won }: Attack, without: Without): Promise<boolean> {
  const place = await ground({ '.env': KEY, 'conf/a/b/id_rsa': KEY, 'src/a.ts': '' });
  const { root, options } = place;
  git(root, 'init', '-q', '--template=');
  makeHook(root);
  linkSync(join(root, '.env'), join(root, 'src/notes.txt'));
  const server = createServer().listen(join(root, 'host.sock'));
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  onTestFinished(() => rmDeep(root));
  const confinement = await open(options);
  const prepared = await confinement.prepare(RUN);
  if (without === 'placeholders') rmSync(join(root, '.vscode'), { recursive: true });
  const argv =
    without === 'nothing' ? prepared.argv : (words: string[]) => leftOut(prepared.argv(words), root, without);
  const more = 'test -e .vscode/tasks.json && echo MADE';
  const ran = await createSpawn().run('sandbox', noControl(argv(['/bin/bash', '-c', `${script}\n${more}`])), {
    ...{ signal: new AbortController().signal, timeoutMs: 20_000, maxOutputBytes: 1 << 20, cwd: '/', stdin: 'none' },
    env: prepared.env,
  });
  const said = ran.stderr.toString();
  expect(said).not.toMatch(/^vtcode-sandbox:/m);
  if (without !== 'scan') await prepared.done();
  return won(place, ran.stdout.toString());
}

/** The line without the flags of one part. */
function leftOut(argv: string[], root: string, without: Without): string[] {
  const isOut = (flag: string, value: string) => {
    if (without === 'other names') return flag === '--hide' && value === join(root, 'src/notes.txt');
    if (without === 'placeholders') return flag === '--protect' && value === join(root, '.vscode');
    return flag === without;
  };
  const end = argv.indexOf('--');
  return argv.filter((word, i) => {
    const isFlag = i < end && isOut(word, argv[i + 1] ?? '');
    const isValue = i > 0 && i - 1 < end && isOut(argv[i - 1]!, word);
    return !isFlag && !isValue;
  });
}

const noControl = (argv: string[]) =>
  argv.filter((word, i) => word !== '--control-fd' && argv[i - 1] !== '--control-fd');

function makeHook(root: string): void {
  mkdirSync(join(root, '.git/hooks'), { recursive: true });
  writeFileSync(join(root, '.git/hooks/pre-commit'), '#!/bin/sh\n');
}

/** By descriptors, as no path can. */
const rmDeep = (root: string) => void execFileSync('rm', ['-rf', root]);

describe('the policy that the server makes', () => {
  test.each(ATTACKS)('leaves no way to $name', async (attack) => {
    expect(await attacked(attack, 'nothing')).toBe(false);
  });

  test.each(ATTACKS)('without $opensWithout, there is one to $name', async (attack) => {
    expect(await attacked(attack, attack.opensWithout)).toBe(true);
  });
});
