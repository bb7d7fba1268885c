/** The searcher runs on the host, on a tree that nobody trusts: as it is started, it runs, writes and reaches nothing. */
import { rgPath } from '@vscode/ripgrep';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSpawn } from '../../server/run/spawn.ts';
import { HOST_PROGRAMS } from '../../server/run/host-programs.ts';
import { createGrep } from '../../server/search/grep.ts';
import { folder, type Folder } from '../search/folder.ts';

let ws: Folder;
let marker: string;
beforeAll(() => {
  ws = folder();
  marker = join(ws.root, '..', 'ran');
  ws.put('src/a.ts', 'needle\n');
  ws.put('evil', `#!/bin/sh\ntouch ${marker}\ncat\n`);
  ws.put('bin/gzip', `#!/bin/sh\ntouch ${marker}\n`);
  for (const path of ['evil', 'bin/gzip']) chmodSync(join(ws.root, path), 0o755);
  ws.put('.ripgreprc', '--pre=./evil\n--search-zip\n');
  ws.put('.rgignore', '!*\n');
  ws.put('packed.gz', gzipSync('needle\n'));
  ws.put('.gitattributes', '* filter=evil diff=evil textconv=./evil\n');
  ws.put('.git/HEAD', 'ref: refs/heads/main\n');
  ws.put('.git/config', '[core]\n\tfsmonitor = ./evil\n\texcludesFile = /etc/hostname\n\tpager = ./evil\n');
  ws.put('.git/info/exclude', 'nothing\n');
  symlinkSync('/etc/passwd', join(ws.root, 'passwd'));
  symlinkSync('/', join(ws.root, 'all'));
  mkdirSync(join(ws.root, 'pipes'));
  execFileSync('mkfifo', [join(ws.root, 'pipes/waits')]);
});
afterAll(() => ws.close());

/** The system calls of a searcher with these options that start, connect or open; `env` is its whole environment. */
function calls(options: readonly string[], env: Record<string, string> = { PATH: '/usr/bin:/bin' }): string[] {
  const trace = join(ws.root, '..', 'trace');
  const argv = [
    '-f',
    '-qq',
    '-s',
    '300',
    '-o',
    trace,
    '-e',
    'trace=execve,execveat,%network,open,openat,creat,unlink,unlinkat,rename,renameat2,kill',
  ];
  const { error } = spawnSync('strace', [...argv, '--', rgPath, ...options, '-e', 'needle', '--', './'], {
    cwd: ws.root,
    env,
  });
  if (error) throw error;
  const lines = readFileSync(trace, 'utf8').trim().split('\n');
  rmSync(trace);
  return lines.map((line) => line.replace(/^\d+ +/, ''));
}

const starts = (lines: string[]) => lines.filter((line) => line.startsWith('exec'));

describe('the searcher on a hostile tree', () => {
  test('starts nothing but itself, connects to nothing, writes nothing', () => {
    const seen = calls(HOST_PROGRAMS.search.fixed, {
      PATH: `${join(ws.root, 'bin')}:/usr/bin:/bin`,
      RIPGREP_CONFIG_PATH: '.ripgreprc',
    });
    expect(starts(seen)).toHaveLength(1);
    expect(seen.filter((line) => /^(socket|connect|sendto|bind|kill|unlink|rename|creat)/.test(line))).toEqual([]);
    expect(seen.filter((line) => line.startsWith('open') && /O_(WRONLY|RDWR|CREAT|TRUNC)/.test(line))).toEqual([]);
    expect(seen.filter((line) => line.startsWith('open') && /passwd|hostname/.test(line))).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });

  test.each([
    ['a pre-processor', ['--pre', './evil']],
    ['packed files', ['--search-zip']],
    ['a configuration of the tree', []],
  ])('would start a program with %s, so the trace would tell', (_what, options) => {
    const env = {
      PATH: `${join(ws.root, 'bin')}:/usr/bin:/bin`,
      ...(options.length === 0 ? { RIPGREP_CONFIG_PATH: '.ripgreprc' } : {}),
    };
    expect(starts(calls(options, env)).length).toBeGreaterThan(1);
    expect(existsSync(marker)).toBe(true);
    rmSync(marker);
  });
});

test('a search as the server makes it finds what is there and runs nothing', async () => {
  const grep = createGrep({ root: ws.root, spawn: createSpawn(), rgPath, pathRules: () => Promise.resolve([]) });
  const found = await grep({ path: '.', pattern: 'needle', glob: null, signal: new AbortController().signal });
  expect(found.ok && found.matches.map(({ path }) => path)).toEqual(['src/a.ts']);
  expect(existsSync(marker)).toBe(false);
});
