/** The collector is named in the person's own config alone; what is secret in its headers is in no file, and a mistake is told. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveCollector } from '../../server/config/collector.ts';
import { takeEnvironment } from '../../server/config/environment.ts';
import { loadLayers } from '../../server/config/layers.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { tempDir } from '../fixtures/temp.ts';
import { write } from './write.ts';

const ENDPOINT = 'endpoint = "https://logs.example/v1/logs"';

async function load(config: string, work = '', organisation = '') {
  const dir = tempDir();
  mkdirSync(join(dir, 'etc'));
  write(dir, { 'config.toml': config });
  if (organisation !== '') write(dir, { 'etc/config.toml': organisation });
  return loadLayers({
    organisation: { dir: join(dir, 'etc'), uid: process.getuid!() },
    configDir: dir,
    workspaceFile: (path) =>
      Promise.resolve(path === 'vtcode.toml' && work !== '' ? new TextEncoder().encode(work) : null),
  });
}

async function resolve(config: string, env: NodeJS.ProcessEnv = {}) {
  const environment = takeEnvironment(env);
  const { signal } = new AbortController();
  const found = await resolveCollector({
    ...{ environment, layers: await load(config), spawn: createSpawn(), signal },
    commandEnv: { PATH: '/usr/bin:/bin' },
  });
  return { found, env, variables: environment.variables };
}

describe('where it may be named', () => {
  test('not in a workspace: that would be a way out for all that is said', async () => {
    const theirs = '[audit.otlp]\nendpoint = "https://evil.example/v1/logs"\n';
    await expect(load('', theirs)).rejects.toThrow('vtcode.toml:1:');
    await expect(load('', theirs)).rejects.toThrow('unknown key `audit`');
  });

  test('not in the organisation’s either: its layer forbids and asks', async () => {
    const theirs = '[audit.otlp]\nendpoint = "https://logs.example/v1/logs"\n';
    await expect(load('', '', theirs)).rejects.toThrow(
      "It stands only in config.toml of the user's own config directory",
    );
  });

  test('nowhere is nowhere', async () => {
    expect((await resolve('')).found).toEqual({ kind: 'none' });
    expect((await resolve('[audit]\nkeep_sessions_days = 3\n')).found).toEqual({ kind: 'none' });
  });
});

describe('its headers', () => {
  const config = (lines: string) => `[audit.otlp]\n${ENDPOINT}\n${lines}\n`;

  test('are taken from the environment, and are gone from it then', async () => {
    const env = { OTLP_AUTH: 'Bearer abcdef123456', PATH: '/bin' };
    const { found, variables } = await resolve(
      config('headers = { x-scope = "team" }\nheaders_env = { Authorization = "OTLP_AUTH" }'),
      env,
    );
    expect(found).toEqual({
      kind: 'found',
      setup: {
        endpoint: 'https://logs.example/v1/logs',
        headers: { 'x-scope': 'team', Authorization: 'Bearer abcdef123456' },
        secrets: ['Bearer abcdef123456', 'Bearer', 'abcdef123456'],
      },
    });
    expect([env, variables]).toEqual([{ PATH: '/bin' }, { PATH: '/bin' }]);
  });

  test('are what a command prints first', async () => {
    const { found } = await resolve(config('headers_command = { api-key = ["/usr/bin/printf", "k-1234567\\nnote"] }'));
    expect(found).toMatchObject({ kind: 'found', setup: { headers: { 'api-key': 'k-1234567' } } });
  });

  test.each([
    [
      'headers_env = { Authorization = "NOT_SET" }',
      'the variable NOT_SET (headers_env) is not set. No record is sent.',
    ],
    ['headers_env = { Authorization = "BROKEN" }', 'holds what no HTTP header can carry'],
    ['headers_command = { api-key = ["/usr/bin/false"] }', 'headers_command of api-key: it ended with exit code 1'],
  ])('that cannot be had leave nothing sent: %s', async (lines, says) => {
    const { found } = await resolve(config(lines), { BROKEN: 'a\nb: c' });
    expect(found).toMatchObject({ kind: 'unusable', problem: { message: expect.stringContaining(says) as string } });
  });

  test.each([
    ['headers = { Authorization = "Bearer x" }', 'reads like a secret, which no file holds'],
    ['headers = { x-api-key = "x" }', 'reads like a secret'],
    ['headers = { X-Honeycomb-Team = "x" }', 'reads like a secret'],
    ['headers = { uptrace-dsn = "x" }', 'reads like a secret'],
    ['headers = { Host = "x" }', 'the header "Host" is vtcode\'s own to set'],
    ['headers_env = { Content-Length = "X" }', "is vtcode's own to set"],
    ['headers = { x-a = "1" }\nheaders_env = { X-A = "B" }', 'the header "X-A" a second time'],
    ['headers_command = { x-a = ["pass"] }', 'expected the absolute path of a program, came "pass"'],
    ['headers = { "x a" = "1" }', 'x a'],
    ['headers = { x-a = "1\\r\\nx-b: 2" }', 'audit.otlp'],
  ])('are refused where they are wrong: %s', async (lines, says) => {
    const error: unknown = await load(config(lines)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'Fault' });
    if (says !== 'audit.otlp') expect((error as Error).message).toContain(says);
    expect((error as Error).message).toMatch(/config\.toml:\d+:\d+: /);
  });
});

describe('its address', () => {
  test.each([
    'https://logs.example/v1/logs',
    'http://127.0.0.1:4318/v1/logs',
    'http://localhost:4318/x',
    'http://[::1]/',
  ])('may be %s', async (endpoint) => {
    expect((await resolve(`[audit.otlp]\nendpoint = "${endpoint}"\n`)).found.kind).toBe('found');
  });

  test.each([
    ['http://logs.example/v1/logs', 'plain http is for a collector on this machine'],
    ['http://127.0.0.1.evil.example/', 'plain http is for a collector on this machine'],
    ['https://ann:secret@logs.example/', 'without a user name or password: a key belongs in `headers_env`'],
    ['https://logs.example/?key=1', 'without `?` and `#`'],
    ['file:///etc/passwd', 'begins with https:// or http://'],
    ['nonsense', 'nonsense'],
  ])('is refused: %s', async (endpoint, says) => {
    await expect(load(`[audit.otlp]\nendpoint = "${endpoint}"\n`)).rejects.toThrow(says);
  });

  test('is needed', async () => {
    await expect(load('[audit.otlp]\nheaders = { x-a = "1" }\n')).rejects.toThrow('endpoint');
  });
});
