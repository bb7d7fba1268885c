/** A browser is told where to go, and nobody else learns the code. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openBrowser, pageTo, removePages, type Screen, whyNoBrowser } from '../../server/cli/browser.ts';
import type { Spawn, SpawnResult } from '../../server/base/spawn.ts';
import { tempDir } from '../fixtures/temp.ts';

const LINK = 'http://127.0.0.1:4747/#code=secret-code-of-the-link';
const SCREEN: Screen = { variables: { DISPLAY: ':0' }, platform: 'linux', uid: 1_000 };

const ENDED: SpawnResult = {
  code: 0,
  signal: null,
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  truncated: false,
  timedOut: false,
  aborted: false,
  startError: '',
};

/** Keeps what would be started: a test opens no browser. */
function recorder(result: Partial<SpawnResult> = {}) {
  const calls: { program: string; argv: readonly string[] }[] = [];
  const spawn: Spawn = {
    run: (program, argv) => {
      calls.push({ program, argv });
      return Promise.resolve({ ...ENDED, ...result });
    },
  };
  return { calls, spawn };
}

test('it is handed a file of its user’s that leads to the link; the code stands in no argument', async () => {
  const stateDir = tempDir();
  const { calls, spawn } = recorder();
  // Where this system has no opener nothing is started, and that is said.
  const said = await openBrowser({ link: LINK, stateDir, spawn, env: {}, screen: SCREEN });
  expect(said).toMatch(calls.length === 0 ? /^there is none of/ : /^$/);
  for (const { argv } of calls) {
    expect(argv).toHaveLength(2);
    expect(argv.join(' ')).not.toContain('secret-code');
    const page = fileURLToPath(argv[1]!);
    expect(statSync(page).mode & 0o777).toBe(0o600);
    expect(readFileSync(page, 'utf8')).toContain(`content="0; url=${LINK}"`);
  }
});

test('what an earlier one left is taken away, and nothing else', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, `open-${'a'.repeat(24)}.html`), '');
  writeFileSync(join(dir, 'open-mine.html'), '');
  await removePages(dir);
  expect(readdirSync(dir)).toEqual(['open-mine.html']);
  await removePages(join(dir, 'missing'));
});

describe('no browser is opened', () => {
  test.each<[Partial<Screen>, string]>([
    [{}, ''],
    [{ variables: { WAYLAND_DISPLAY: 'wayland-0' } }, ''],
    [{ variables: {}, platform: 'darwin' }, ''],
    [{ variables: {} }, 'there is no screen'],
    [{ variables: { DISPLAY: ':0', CI: 'true' } }, 'this is a CI job'],
    [{ variables: { DISPLAY: ':0', SSH_CONNECTION: 'x' } }, 'the browser is on the other side of SSH'],
    [{ uid: 0 }, 'browsers do not run as root'],
  ])('%j: %s', (screen, why) => expect(whyNoBrowser({ ...SCREEN, ...screen })).toBe(why));

  test('and nothing is written where none is', async () => {
    const stateDir = tempDir();
    const { calls, spawn } = recorder();
    await openBrowser({ link: LINK, stateDir, spawn, env: {}, screen: { ...SCREEN, uid: 0 } });
    expect(calls).toEqual([]);
    expect(readdirSync(stateDir)).toEqual([]);
  });
});

test('the page cannot be broken out of', () => {
  const page = pageTo('http://h/"><script>alert(1)</script>&x');
  expect(page).not.toContain('<script>');
  expect(page).toContain('&quot;&gt;'.slice(0, 6));
});
