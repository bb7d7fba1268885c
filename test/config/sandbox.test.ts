/** The settings of the sandbox: yours loosen, the organisation's bound yours, a workspace's only tighten. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadLayers } from '../../server/config/layers.ts';
import { resolveSettings } from '../../server/config/resolve.ts';
import { limitsOf } from '../../server/config/sandbox.ts';
import { workspaceFiles } from '../../server/config/workspace-file.ts';
import { tempDir } from '../fixtures/temp.ts';
import { write } from './write.ts';

type Files = Partial<Record<'organisation' | 'user' | 'workspace', string>>;
const PATHS = { organisation: 'etc/config.toml', user: 'config/config.toml', workspace: 'work/vtcode.toml' };

/** Each file is the inside of its `[sandbox]` table. The workspace is trusted: it cannot loosen even then. */
async function settingsOf(files: Files) {
  const top = tempDir();
  for (const dir of ['etc', 'config', 'work']) mkdirSync(join(top, dir), { mode: 0o755 });
  for (const [layer, text] of Object.entries(files))
    write(top, { [PATHS[layer as keyof Files]]: `[sandbox]\n${text}\n` });
  const layers = await loadLayers({
    organisation: { dir: join(top, 'etc'), uid: process.getuid!() },
    configDir: join(top, 'config'),
    workspaceFile: workspaceFiles(join(top, 'work')),
  });
  return resolveSettings(layers, () => true);
}

const NETWORK: [files: Files, value: string, layer: string][] = [
  [{}, 'none', 'builtin'],
  [{ user: 'network = "proxy"' }, 'proxy', 'user'],
  [{ user: 'network = "host"' }, 'host', 'user'],
  [{ user: 'hosts = ["example.org"]' }, 'proxy', 'user'],
  [{ user: 'network = "none"\nhosts = ["example.org"]' }, 'none', 'user'],
  [{ organisation: 'network = "proxy"' }, 'proxy', 'organisation'],
  [{ organisation: 'network = "none"', user: 'network = "proxy"' }, 'none', 'organisation'],
  [{ organisation: 'network = "proxy"', user: 'network = "host"' }, 'proxy', 'organisation'],
  [{ workspace: 'network = "proxy"' }, 'none', 'builtin'],
  [{ workspace: 'network = "host"', user: 'network = "proxy"' }, 'proxy', 'user'],
  [{ workspace: 'network = "none"', user: 'network = "proxy"' }, 'none', 'workspace'],
  [{ workspace: 'hosts = ["example.org"]' }, 'none', 'builtin'],
];

describe('the network', () => {
  test.each(NETWORK)('of %j is %s, by %s', async (files, value, layer) => {
    expect((await settingsOf(files)).sandbox.network).toMatchObject({ value, origin: { layer } });
  });
});

test('hosts of yours and of the organisation count, a workspace only narrows them', async () => {
  const both = {
    organisation: 'hosts = ["registry.npmjs.org"]',
    user: 'hosts = ["*.Example.org", "example.org:8080"]',
  };
  const hosts = async (files: Files) => (await settingsOf(files)).sandbox.hosts.map(({ pattern }) => pattern);
  expect(await hosts(both)).toEqual(['registry.npmjs.org', '*.example.org', 'example.org:8080']);
  expect(await hosts({ ...both, workspace: 'hosts = ["a.example.org", "evil.test"]' })).toEqual(['a.example.org']);
  expect(await hosts({ ...both, workspace: 'hosts = []' })).toEqual([]);
  expect(await hosts({ workspace: 'hosts = ["evil.test"]' })).toEqual([]);
  const { sandbox } = await settingsOf(both);
  expect(sandbox.hosts[2]).toMatchObject({ rule: 'user/sandbox.hosts.1', layer: 'user' });
  expect(sandbox.hosts[2]!.source).toMatch(/config\/config\.toml:2:\d+$/);
});

test('limits, git and folders to read: the least of what is said, where yours is not the least', async () => {
  const { sandbox } = await settingsOf({
    organisation: 'limits = { nofile = 1000 }',
    user: 'git = "guarded"\nread_roots = ["/opt/a", "/opt/b"]\nlimits = { pids = 2000, nofile = 9000, wall_ms = 7200000 }',
    workspace: 'read_roots = ["/opt/b", "/etc/secret"]\nlimits = { pids = 9000, wall_ms = 60000 }',
  });
  expect(limitsOf(sandbox)).toMatchObject({ pids: 2000, nofile: 1000, wallMs: 60_000 });
  expect(sandbox.git.value).toBe('guarded');
  expect(sandbox.readRoots.value).toEqual(['/opt/b']);
  const tight = await settingsOf({ user: 'git = "guarded"', workspace: 'git = "readonly"' });
  expect(tight.sandbox.git).toMatchObject({ value: 'readonly', origin: { layer: 'workspace' } });
  expect((await settingsOf({ workspace: 'git = "guarded"' })).sandbox.git.value).toBe('readonly');
});

test('explain says of each value where it stands, and which does not count', async () => {
  const { entries } = await settingsOf({
    user: 'network = "proxy"\nhosts = ["example.org"]',
    workspace: 'network = "host"\nhosts = ["example.org"]\nlimits = { pids = 9000 }',
  });
  const of = (key: string, layer: string) => entries.find((one) => one.key === key && one.origin.layer === layer);
  expect(of('sandbox.network', 'user')).toMatchObject({ inForce: true, value: 'proxy' });
  expect(of('sandbox.network', 'workspace')).toMatchObject({ inForce: false, note: expect.stringContaining('strict') });
  expect(of('sandbox.hosts', 'workspace')).toMatchObject({ note: expect.stringContaining('narrows') });
  expect(of('sandbox.limits.pids', 'workspace')).toMatchObject({ inForce: false });
  expect(of('sandbox.limits.pids', 'builtin')).toMatchObject({ inForce: true, value: 512 });
});

const WRONG: [text: string, message: RegExp][] = [
  ['netwrok = "none"', /config\.toml:2:1: unknown key `netwrok`\. .*network/],
  ['network = "proxi"', /:2:\d+: expected one of "none", "proxy", "host", came "proxi"\..*proxy/],
  ['hosts = ["https://example.org"]', /:2:\d+: expected a host such as example\.org/],
  ['hosts = ["localhost"]', /this machine or its own network/],
  ['hosts = ["10.0.0.1"]', /a private network/],
  ['read_roots = ["data"]', /expected an absolute path/],
  ['read_roots = ["/opt/../etc"]', /expected an absolute path/],
  ['limits = { pids = 3 }', /expected at least 301/],
  ['limits = { walls = 3 }', /unknown key `walls`.*wall_ms/],
  ['enabled = false', /unknown key `enabled`/],
];

test.each(WRONG)('%s stops the start, with its place', async (text, message) => {
  await expect(settingsOf({ user: text })).rejects.toThrow(message);
});
