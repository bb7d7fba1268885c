/** The package as a stranger gets it: packed, installed under a prefix of its own, started from there. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { login } from '../../bench/client.ts';
import { LONG } from '../long.ts';
import { makePlace } from './place.ts';
import { serve, vtcode } from './program.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NATIVE = 'node_modules/better-sqlite3/build';

interface Packed {
  filename: string;
  version: string;
  files: { path: string }[];
}

/**
 * A long run compiles the native module as a user's installation does, which takes a minute. A short one leaves install
 * scripts out and brings the module that `npm ci` compiled; everything else is the same.
 */
const SCRIPTS = LONG ? ['--allow-scripts=better-sqlite3,node-pty'] : ['--ignore-scripts'];

describe('the package', () => {
  let dir = '';
  let packed: Packed;
  let main = '';

  beforeAll(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'vt-pack-')));
    const npm = (args: string[]) => run('npm', args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
    // The build that the tests run on is the one to pack.
    const { stdout } = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', dir]);
    packed = (JSON.parse(stdout) as Packed[])[0]!;
    await mkdir(join(dir, 'lib')); // npm expects it in a prefix that is there
    await npm(['install', '-g', '--prefix', dir, '--prefer-offline', ...SCRIPTS, join(dir, packed.filename)]);
    const installed = join(dir, 'lib', 'node_modules', 'vtcode');
    if (!LONG) await cp(join(ROOT, NATIVE), join(installed, NATIVE), { recursive: true });
    main = join(dir, 'bin', 'vtcode');
  }, 300_000);

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('holds the program, the page, the migrations and the papers, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...[
          'dist/server/main.js',
          'dist/web/index.html',
          'dist/share/index.html',
          'README.md',
          'LICENSE',
          'SECURITY.md',
          'CHANGELOG.md',
        ],
        ...['THIRD_PARTY_NOTICES.md', 'sbom.cdx.json', 'docs/cli.md'],
      ]),
    );
    expect(paths.some((path) => /^drizzle\/.*\.sql$/.test(path))).toBe(true);
    const known =
      /^(dist\/(server|web|share)\/|drizzle\/|native\/|docs\/|[A-Z_]+(\.md)?$|package\.json$|sbom\.cdx\.json$)/;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
  });

  it('says its version', async () => {
    const place = await makePlace({});
    const answer = await vtcode(place, ['--version'], { main });
    await place.remove();
    expect(answer).toEqual({ code: 0, stdout: `${packed.version}\n`, stderr: '' });
  });

  it('has terminals where their module was built, and says what to do where it was not', async () => {
    const place = await makePlace({});
    const server = await serve(place, { args: ['--demo'], env: {}, port: 0, main });
    try {
      const client = await login(server);
      const { digest } = (await (await client.get('/api/trust')).json()) as { digest: string };
      await client.post('/api/trust', { commandId: randomUUID(), digest });
      const { host } = (await (await client.get('/api/terminals')).json()) as {
        host: { offered: boolean; why: string };
      };
      expect(host).toEqual({ offered: LONG, why: LONG ? '' : expect.stringContaining('npm rebuild node-pty') });
    } finally {
      expect(await server.stop()).toBe(0);
      await place.remove();
    }
  });

  it('serves from where it was installed: the page, its script, and a database that was migrated', async () => {
    const place = await makePlace({ 'README.md': '# A project\n' });
    const server = await serve(place, { args: ['--demo'], env: {}, port: 0, main });
    try {
      const page = await (await fetch(`${server.origin}/`)).text();
      const [, script] = /<script type="module"[^>]* src="([^"]+)"/.exec(page) ?? [];
      const answer = await fetch(`${server.origin}${script}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
    } finally {
      expect(await server.stop()).toBe(0);
      await place.remove();
    }
  });
});
