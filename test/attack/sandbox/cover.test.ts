/** What happens when something outside replaces a protected or hidden file under a running command. */
import { appendFileSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repeated } from '../../fixtures/repeated.ts';
import { confined, policyFlags, start } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { talk, type Talk } from './talk.ts';
import { idsOf, WHO, type World } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

/** Reports what of a covered file can be had, as often as it is asked. */
const ASKED =
  'echo ready; while read -r line; do grep hunter3 .env && echo bare; echo x >> .git/config && echo bare; echo asked; done';

const replace = (path: string, text: string) => {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};

const UNCOVERINGS: [what: string, path: string, act: (world: World) => void][] = [
  ['a hidden file is saved by renaming', '.env', ({ ws }) => replace(join(ws, '.env'), 'PASSWORD=hunter3\n')],
  ['a hidden file is removed', '.env', ({ ws }) => rmSync(join(ws, '.env'))],
  ['a protected file is removed', 'infra/prod/main.tf', ({ ws }) => rmSync(join(ws, 'infra/prod/main.tf'))],
  [
    'git changes its configuration',
    '.git/config',
    ({ ws }) => execFileSync('git', ['config', '--file', join(ws, '.git/config'), 'remote.x.url', 'y']),
  ],
  [
    'a hidden file is moved away and another takes its place',
    '.env',
    ({ ws }) => {
      renameSync(join(ws, '.env'), join(ws, '.env~'));
      writeFileSync(join(ws, '.env'), 'PASSWORD=hunter3\n');
    },
  ],
  [
    'a directory above a protected file is moved',
    'infra',
    ({ ws }) => renameSync(join(ws, 'infra'), join(ws, 'infra2')),
  ],
  [
    'a protected directory is replaced',
    '.vscode',
    ({ ws }) => {
      renameSync(join(ws, '.vscode'), join(ws, 'old'));
      mkdirSync(join(ws, '.vscode'));
    },
  ],
];

const HARMLESS: [what: string, act: (world: World) => void][] = [
  ['a hidden file is changed in place', ({ ws }) => appendFileSync(join(ws, '.env'), 'MORE=1\n')],
  ['a protected file is changed in place', ({ ws }) => appendFileSync(join(ws, '.git/config'), '\n')],
  [
    'a file inside a protected directory is replaced',
    ({ ws }) => replace(join(ws, '.git/hooks/sample'), '#!/bin/sh\n'),
  ],
  [
    'other files come, go and are renamed',
    ({ ws }) => {
      for (let i = 0; i < 50; i++) replace(join(ws, `other${i}`), '');
      renameSync(join(ws, 'other1'), join(ws, 'conf/other1'));
      rmSync(join(ws, 'other2'));
    },
  ],
  ['a socket of the host goes and another comes', ({ ws }) => replace(join(ws, 'host.sock'), '')],
];

describe.each(WHO)('as %s', (who) => {
  const running = <T>(flags: string[], use: (one: Talk, world: World) => Promise<T>) =>
    place.inWorld(who, 'usual', async (setting) => {
      const launcher = flags.includes('--layers-off') ? place.programs.mutation : place.programs.release;
      const args = [...flags, '--control-fd', '3', ...policyFlags(setting), '--', '/bin/bash', '-c', ASKED];
      const one = talk(launcher, args, { who, control: true });
      try {
        await one.until(/ready/);
        return await use(one, setting.world);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test.each(UNCOVERINGS)('%s: the command is ended, and it is said why', (_what, path, act) =>
    running([], async (one, world) => {
      act(world);
      expect(await one.ended).toEqual({ code: 137, signal: null });
      expect(JSON.parse(one.told().trim().split('\n')[1]!)).toEqual({ ended: 'uncovered', path: join(world.ws, path) });
    }),
  );

  test('also in a terminal', () =>
    running(['--pty', '80x24'], async (one, world) => {
      rmSync(join(world.ws, '.env'));
      expect((await one.ended).code).toBe(137);
      expect(one.told()).toContain('uncovered');
    }));

  test.each(HARMLESS)('%s: the command goes on, and nothing is bare', (_what, act) =>
    running([], async (one, world) => {
      act(world);
      // Longer than between two looks, of which there are ten a second.
      const started = performance.now();
      while (performance.now() - started < 500) {
        one.write('ask\n');
        await one.until(/asked/);
      }
      expect(one.said()).not.toContain('bare');
      expect(one.child.exitCode).toBe(null);
    }),
  );

  test('a command that ends by itself before the next look is told apart too', () =>
    place.inWorld(who, 'usual', async (setting) => {
      const command = 'echo ready; read -r line; exit 0';
      const args = ['--control-fd', '3', ...policyFlags(setting), '--', '/bin/bash', '-c', command];
      const one = talk(place.programs.release, args, { who, control: true });
      await one.until(/ready/);
      renameSync(join(setting.world.ws, '.env'), join(setting.world.ws, '.env~'));
      one.write('go\n');
      expect((await one.ended).code).toBe(137);
      expect(one.told()).toContain('uncovered');
    }));

  test('whatever the moment at which a file is replaced: what saw the new one does not end well', () =>
    place.inWorld(who, 'usual', async (setting) => {
      const env = join(setting.world.ws, '.env');
      const stop = repeated('echo PASSWORD=hunter3 > .new; mv .new .env', { cwd: setting.world.ws, ...idsOf(who) });
      try {
        // Without an end of its own: however late the replacement comes, it comes while the command runs, or before.
        const command = 'while :; do grep -q hunter3 .env 2>/dev/null && echo bare; done';
        for (let i = 0; i < 40; i++) {
          const ended = await confined(place.programs.release, setting, command);
          expect([126, 137], `${ended.stdout}${ended.stderr}`).toContain(ended.code);
          if (ended.code === 126) expect(ended.stdout).toBe('');
        }
        expect(lstatSync(env).isFile()).toBe(true);
      } finally {
        await stop();
      }
    }));

  test('without that watch a running command would see the new file', () =>
    running(['--layers-off', 'watch'], async (one, world) => {
      replace(join(world.ws, '.env'), 'PASSWORD=hunter3\n');
      if (who === 'plain') execFileSync('chmod', ['644', join(world.ws, '.env')]);
      one.write('ask\n');
      await one.until(/hunter3\nbare/);
    }));
});

test('a path with a quote is told as JSON', () =>
  place.inWorld(WHO[0]!, 'usual', async (setting) => {
    const name = join(setting.world.ws, 'a "b"\n\\c');
    writeFileSync(name, '');
    const args = [
      '--control-fd',
      '3',
      '--protect',
      name,
      ...policyFlags(setting),
      '--',
      '/bin/bash',
      '-c',
      'echo ready; read -r line',
    ];
    const one = talk(place.programs.release, args, { who: WHO[0]!, control: true });
    await one.until(/ready/);
    rmSync(name);
    await one.ended;
    expect(JSON.parse(one.told().trim().split('\n')[1]!)).toEqual({ ended: 'uncovered', path: name });
  }));

test('a command that has nothing covered is not watched', async () => {
  const ended = await start(place.programs.release, ['--tmpfs', '/w', '1M', '--cwd', '/w', '--', 'none'], {
    who: WHO[0]!,
    cwd: '/',
    env: {},
  });
  expect(ended.code).toBe(127);
});
