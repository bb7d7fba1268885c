/** The stricter wins, a workspace only tightens until it is trusted, and every value says where it came from. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Layers, loadLayers } from '../../server/config/layers.ts';
import { resolveSettings } from '../../server/config/resolve.ts';
import type { IsTrusted } from '../../server/config/settings.ts';
import { workspaceFiles } from '../../server/config/workspace-file.ts';
import { tempDir } from '../fixtures/temp.ts';
import { write } from './write.ts';

const never: IsTrusted = () => false;
const always: IsTrusted = () => true;

async function layersOf(files: {
  organisation?: string;
  user?: string;
  workspace?: string;
  policy?: string;
}): Promise<Layers> {
  const top = tempDir();
  for (const dir of ['etc', 'config', 'work']) mkdirSync(join(top, dir), { mode: 0o755 });
  const paths = {
    organisation: 'etc/config.toml',
    user: 'config/config.toml',
    workspace: 'work/vtcode.toml',
    policy: 'work/.vtcode/tool-policy.json',
  };
  for (const [name, content] of Object.entries(files)) write(top, { [paths[name as keyof typeof paths]]: content });
  return loadLayers({
    organisation: { dir: join(top, 'etc'), uid: process.getuid!() },
    configDir: join(top, 'config'),
    workspaceFile: workspaceFiles(join(top, 'work')),
  });
}

test('with no file, the built-in values hold and say so', async () => {
  const settings = resolveSettings(await layersOf({}), never);
  expect(settings).toMatchObject({
    mode: { value: 'ask', origin: { layer: 'builtin', source: 'builtin/agent.mode' } },
    loosestMode: { value: 'contained' },
    model: { value: null },
    workspaceModel: null,
    maxToolCalls: { value: 200 },
    humanInTheLoop: { value: false },
    toolRules: [],
    defaultRules: [],
    pathRules: [],
  });
  expect(settings.instructions.value).toContain('AGENTS.md');
  expect(settings.entries.map((entry) => entry.key)).toEqual([
    'agent.mode',
    'agent.model',
    'agent.max_tool_calls',
    'agent.instructions',
    'security.human_in_the_loop',
    'audit.keep_sessions_days',
    'sandbox.network',
    'sandbox.git',
    ...['pids', 'nofile', 'file_bytes', 'data_bytes', 'wall_ms', 'output_bytes'].map((key) => `sandbox.limits.${key}`),
    'sandbox.hosts',
    'sandbox.read_roots',
  ]);
});

describe('the mode', () => {
  const mode = (value: string) => `[agent]\nmode = "${value}"`;
  test.each([
    [{ user: mode('auto-edit') }, 'auto-edit', 'user'],
    [{ workspace: mode('auto-edit') }, 'ask', 'builtin'],
    [{ workspace: mode('plan') }, 'plan', 'workspace'],
    [{ user: mode('auto-edit'), workspace: mode('ask') }, 'ask', 'workspace'],
    [{ user: mode('plan'), workspace: mode('ask') }, 'plan', 'user'],
    [{ organisation: mode('auto-edit') }, 'ask', 'builtin'],
    [{ organisation: mode('plan'), user: mode('auto-edit') }, 'plan', 'organisation'],
    [{ organisation: mode('ask'), user: mode('auto-edit'), workspace: mode('auto-edit') }, 'ask', 'organisation'],
  ])('%j is %s, by the %s', async (files, value, layer) => {
    // Trusted or not: a mode that loosens is never the workspace's to set.
    for (const isTrusted of [never, always]) {
      expect(resolveSettings(await layersOf(files), isTrusted).mode).toMatchObject({ value, origin: { layer } });
    }
  });

  test('the organisation bounds what may be chosen', async () => {
    const settings = resolveSettings(await layersOf({ organisation: mode('ask') }), never);
    expect(settings.loosestMode).toMatchObject({ value: 'ask', origin: { layer: 'organisation' } });
  });
});

describe('how long sessions are kept', () => {
  const days = (count: number) => `[audit]\nkeep_sessions_days = ${count}`;
  test.each([
    [{}, null, 'builtin'],
    [{ user: days(9) }, 9, 'user'],
    [{ organisation: days(30) }, 30, 'organisation'],
    [{ organisation: days(30), user: days(9) }, 30, 'organisation'],
  ])('%j is %s, by the %s', async (files, value, layer) => {
    expect(resolveSettings(await layersOf(files), always).keepSessionsDays).toMatchObject({ value, origin: { layer } });
  });

  test('is no word of a workspace', async () => {
    await expect(layersOf({ workspace: days(1) })).rejects.toThrow('unknown key `audit`');
  });
});

describe('a workspace that is not trusted', () => {
  const workspace = [
    '[agent]',
    'model = "cheap/one"',
    'instructions = ["docs/HOW.md"]',
    'max_tool_calls = 9000',
    '[tools]',
    'default_policy = "allow"',
    '[tools.policies]',
    'write_file = "allow"',
    'read_file = "prompt"',
    'web_fetch = "deny"',
    '[security]',
    'human_in_the_loop = false',
    'sensitive_paths = ["secret/**"]',
    'protected_paths = ["infra/**", "ci/**"]',
  ].join('\n');
  const files = {
    user: '[security]\nhuman_in_the_loop = true',
    workspace,
    policy: '{"version":1,"policies":{"edit_file":"allow"}}',
  };

  test('tightens', async () => {
    const settings = resolveSettings(await layersOf(files), never);
    const inForce = settings.toolRules
      .filter((rule) => rule.inForce)
      .map((rule) => [rule.tool, rule.decision, rule.source]);
    expect(inForce).toEqual([
      ['read_file', 'prompt', 'vtcode.toml:9:1'],
      ['web_fetch', 'deny', 'vtcode.toml:10:1'],
    ]);
    expect(settings.pathRules.map((rule) => [rule.kind, rule.pattern, rule.source])).toEqual([
      ['sensitive', 'secret/**', 'vtcode.toml:13:20'],
      ['protected', 'infra/**', 'vtcode.toml:14:20'],
      ['protected', 'ci/**', 'vtcode.toml:14:32'],
    ]);
  });

  test('loosens nothing, and what it would loosen is marked as asleep', async () => {
    const settings = resolveSettings(await layersOf(files), never);
    expect(settings).toMatchObject({
      workspaceModel: null,
      maxToolCalls: { value: 200 },
      humanInTheLoop: { value: true, origin: { layer: 'user' } },
      defaultRules: [{ tool: '*', decision: 'allow', trustedOnly: true, inForce: false }],
    });
    expect(settings.instructions.value).not.toContain('docs/HOW.md');
    const asleep = settings.entries.filter((entry) => entry.note.startsWith('sleeps'));
    expect(asleep.map((entry) => entry.key).sort()).toEqual([
      'agent.instructions',
      'agent.model',
      'policies.edit_file',
      'tools.default_policy',
      'tools.policies.write_file',
    ]);
    expect(settings.entries.find((entry) => entry.origin.source === 'vtcode.toml:12:1')).toMatchObject({
      inForce: false,
    });
  });

  test('loosens, once trusted, by the file and its hash; its number and its `false` still do not', async () => {
    const layers = await layersOf(files);
    const toml = layers.workspace.config!;
    const onlyToml: IsTrusted = (path, sha256) => path === 'vtcode.toml' && sha256 === toml.sha256;
    const settings = resolveSettings(layers, onlyToml);
    expect(settings).toMatchObject({
      workspaceModel: { value: 'cheap/one', origin: { source: 'vtcode.toml:2:1' } },
      maxToolCalls: { value: 200 },
      humanInTheLoop: { value: true },
      defaultRules: [{ inForce: true }],
    });
    expect(settings.instructions.value).toEqual(expect.arrayContaining(['AGENTS.md', 'docs/HOW.md']));
    const allows = settings.toolRules.filter((rule) => rule.decision === 'allow');
    expect(allows.map((rule) => [rule.tool, rule.inForce])).toEqual([
      ['write_file', true],
      ['edit_file', false],
    ]);
    const otherHash: IsTrusted = (path, sha256) => path === 'vtcode.toml' && sha256 !== toml.sha256;
    expect(resolveSettings(layers, otherHash).defaultRules[0]!.inForce).toBe(false);
  });
});

test('a person in the loop: one true of any layer holds', async () => {
  const on = '[security]\nhuman_in_the_loop = true';
  const off = '[security]\nhuman_in_the_loop = false';
  const value = async (files: Parameters<typeof layersOf>[0]) =>
    resolveSettings(await layersOf(files), always).humanInTheLoop.value;
  expect(await value({ workspace: on, user: off })).toBe(true);
  expect(await value({ organisation: on, user: off, workspace: off })).toBe(true);
  expect(await value({ user: off })).toBe(false);
  expect(await value({ workspace: off })).toBe(false);
});

test('the number of tool calls: the user sets it, the others can only lower it', async () => {
  const max = (value: number) => `[agent]\nmax_tool_calls = ${value}`;
  const value = async (files: Parameters<typeof layersOf>[0]) =>
    resolveSettings(await layersOf(files), always).maxToolCalls.value;
  expect(await value({ user: max(500) })).toBe(500);
  expect(await value({ user: max(500), workspace: max(900) })).toBe(500);
  expect(await value({ user: max(500), workspace: max(50), organisation: max(300) })).toBe(50);
  expect(await value({ organisation: max(300) })).toBe(200);
});
