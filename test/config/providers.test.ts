/** Providers come from the user alone; their keys leave the environment, and a named one that fails is told. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takeEnvironment } from '../../server/config/environment.ts';
import { loadLayers } from '../../server/config/layers.ts';
import { proxyOf, resolveProviders } from '../../server/config/providers.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { tempDir } from '../fixtures/temp.ts';
import { write } from './write.ts';

async function resolve(env: NodeJS.ProcessEnv, config: string, dir = tempDir()) {
  mkdirSync(join(dir, 'etc'), { recursive: true });
  write(dir, { 'config.toml': config });
  const layers = await loadLayers({
    organisation: { dir: join(dir, 'etc'), uid: 0 },
    configDir: dir,
    workspaceFile: () => Promise.resolve(null),
  });
  const environment = takeEnvironment(env);
  const commandEnv = { PATH: '/usr/bin:/bin' };
  return resolveProviders({
    environment,
    layers,
    spawn: createSpawn(),
    commandEnv,
    signal: new AbortController().signal,
  });
}

describe('the environment', () => {
  test('gives keys up: a second reader finds none', () => {
    const env: NodeJS.ProcessEnv = {
      ANTHROPIC_API_KEY: 'a-key',
      MY_TOKEN: 't',
      DB_PASSWORD: 'p',
      GITHUB_TOKEN: 'g',
      AWS_SECRET_ACCESS_KEY: 's',
      PATH: '/bin',
      HOME: '/h',
      KEYMAP: 'us',
    };
    const environment = takeEnvironment(env);
    expect(env).toEqual({ PATH: '/bin', HOME: '/h', KEYMAP: 'us' });
    expect(environment.variables).toEqual({ PATH: '/bin', HOME: '/h', KEYMAP: 'us' });
    expect(environment.secret('ANTHROPIC_API_KEY')).toBe('a-key');
    expect(environment.secret('NOT_THERE')).toBeNull();
    expect(takeEnvironment(env).secret('ANTHROPIC_API_KEY')).toBeNull();
  });

  test('gives up a variable of any name that a setting takes a key from', () => {
    const env: NodeJS.ProcessEnv = { WORK_LLM: 'w', EMPTY_API_KEY: '' };
    const environment = takeEnvironment(env);
    expect(environment.secret('WORK_LLM')).toBe('w');
    expect(env).toEqual({});
    expect(environment.variables).toEqual({});
    expect(environment.secret('EMPTY_API_KEY')).toBeNull();
    expect(environment.secret('__proto__')).toBeNull();
  });

  test('picks what a child is to have, secret or not, by name', () => {
    const environment = takeEnvironment({ OP_SESSION_TOKEN: 'x', PATH: '/bin', OTHER: 'y' });
    expect(environment.pick((name) => name.startsWith('OP_') || name === 'PATH')).toEqual({
      PATH: '/bin',
      OP_SESSION_TOKEN: 'x',
    });
  });

  test('names proxies, lower case first', () => {
    expect(proxyOf({ HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2', NO_PROXY: 'x' })).toEqual({
      https: 'http://q:2',
      http: '',
      noProxy: 'x',
    });
  });
});

describe('from the environment', () => {
  const base = { models: [], thinking: 'auto' };
  test.each<[NodeJS.ProcessEnv, unknown[]]>([
    [{}, []],
    [
      { ANTHROPIC_API_KEY: 'sk-1' },
      [{ ...base, name: 'anthropic', kind: 'anthropic', baseUrl: null, apiKey: 'sk-1', keyFrom: 'ANTHROPIC_API_KEY' }],
    ],
    [
      { OPENAI_API_KEY: ' sk-2\n', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
      [
        {
          ...base,
          name: 'openai',
          kind: 'openai',
          baseUrl: 'http://127.0.0.1:9/v1',
          apiKey: 'sk-2',
          keyFrom: 'OPENAI_API_KEY',
        },
      ],
    ],
    [
      { OPENAI_BASE_URL: 'http://127.0.0.1:9' },
      [{ ...base, name: 'openai', kind: 'openai', baseUrl: 'http://127.0.0.1:9', apiKey: null, keyFrom: '' }],
    ],
    [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' }, []],
  ])('%j', async (env, providers) => expect(await resolve(env, '')).toEqual({ providers, problems: [] }));

  test.each([
    [{ ANTHROPIC_API_KEY: 'two words' }, /expected one word of printable ASCII/],
    [{ ANTHROPIC_API_KEY: 'k\r\nHost: evil' }, /expected one word of printable ASCII/],
    [
      { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'file:///etc/passwd' },
      /OPENAI_BASE_URL: expected an address that begins with https/,
    ],
  ])('%j is told, and no provider comes of it', async (env, message) => {
    const found = await resolve(env, '');
    expect(found.providers).toEqual([]);
    expect(found.problems).toEqual([expect.objectContaining({ message: expect.stringMatching(message) as string })]);
    expect(JSON.stringify(found)).not.toContain('two words');
  });
});

describe('from the config', () => {
  test('stands before the environment, and takes the place of the one it names', async () => {
    const config = [
      '[providers.local]\nkind = "openai"\nbase_url = "http://127.0.0.1:1234/v1"\nmodels = ["m1"]',
      '[providers.anthropic]\nkind = "anthropic"\napi_key_env = "WORK_LLM"',
    ].join('\n');
    const found = await resolve({ WORK_LLM: 'work', ANTHROPIC_API_KEY: 'own', OPENAI_API_KEY: 'open' }, config);
    expect(found.problems).toEqual([]);
    expect(found.providers.map((one) => [one.name, one.apiKey, one.models])).toEqual([
      ['local', null, ['m1']],
      ['anthropic', 'work', []],
      ['openai', 'open', []],
    ]);
  });

  test('a variable that is not set is told, and no other key goes in its place', async () => {
    const found = await resolve(
      { ANTHROPIC_API_KEY: 'own' },
      '[providers.anthropic]\nkind = "anthropic"\napi_key_env = "WORK_LLM"',
    );
    expect(found.providers).toEqual([]);
    expect(found.problems[0]!.message).toBe('providers.anthropic: the variable WORK_LLM (api_key_env) is not set.');
  });

  function command(script: string): { dir: string; config: string } {
    const dir = tempDir();
    write(dir, { 'key.sh': `#!/bin/sh\n${script}\n` });
    chmodSync(join(dir, 'key.sh'), 0o755);
    return { dir, config: `[providers.work]\nkind = "anthropic"\napi_key_command = ["${dir}/key.sh", "a b"]` };
  }

  test('a key command gives its first line, gets its words as they are and no key of ours', async () => {
    const { dir, config } = command('echo "$#-$1-${ANTHROPIC_API_KEY:-none}" | tr " " _; echo note');
    const found = await resolve({ ANTHROPIC_API_KEY: 'own' }, config, dir);
    expect(found.providers[0]).toMatchObject({ apiKey: '1-a_b-none', keyFrom: 'api_key_command of providers.work' });
  });

  test.each([
    ['exit 3', /it ended with exit code 3/],
    ['kill -9 $$', /it ended with SIGKILL/],
    ['echo', /its first line is empty/],
    ['echo two words', /expected one word of printable ASCII/],
    ['head -c 200000 /dev/zero', /it printed more than 65536 bytes/],
  ])('a key command that says %j is told', async (script, message) => {
    const { dir, config } = command(script);
    const found = await resolve({}, config, dir);
    expect(found.providers).toEqual([]);
    expect(found.problems[0]!.message).toMatch(message);
  });

  test('a key command that is not there is told', async () => {
    const found = await resolve({}, '[providers.work]\nkind = "anthropic"\napi_key_command = ["/nowhere/key"]');
    expect(found.problems[0]!.message).toMatch(/could not be started .*ENOENT/);
  });
});
