/** The list of tools: offers that any provider takes, and arguments that are parsed without mercy and answered with help. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offers, TOOLS } from '../../server/tools/registry.ts';
import { refusal, toolWorkspace, type ToolWorkspace } from './workspace.ts';

let ws: ToolWorkspace;
beforeAll(async () => {
  ws = await toolWorkspace();
  ws.put('src/a.ts', 'x');
  mkdirSync(join(ws.root, 'empty'));
});
afterAll(() => ws.close());

describe('an offer', () => {
  test('stands for each tool of the public list that needs no sandbox', () => {
    expect(TOOLS.map((tool) => tool.name)).toEqual([
      'read_file',
      'list_directory',
      'find_files',
      'search_text',
      'edit_file',
      'write_file',
      'apply_patch',
      'move_file',
      'delete_file',
      'update_plan',
      'ask_user',
    ]);
  });

  test.each(offers(TOOLS))(
    'of $name is an object of plain types, described, without bounds and further keys',
    ({ description, schema }) => {
      expect(description).toMatch(/\.$/);
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      const text = JSON.stringify(schema);
      expect(text).not.toMatch(/\$ref|anyOf|oneOf|allOf|"not"|maxLength|minimum|maximum|maxItems|\$schema/);
      const properties = schema['properties'] as Record<string, { type: string; description: string }>;
      for (const property of Object.values(properties)) {
        expect(['string', 'integer', 'boolean', 'array']).toContain(property.type);
        expect(property.description.length).toBeGreaterThan(20);
      }
    },
  );
});

describe('arguments', () => {
  test.each([
    [
      'edit_file',
      { path: 'a', old_text: 'x', new: 'y' },
      /There is no argument "old_text".*It takes: path, old, new, all/s,
    ],
    ['edit_file', { path: 'a', old: 'x', new: 'y', al: true }, /"al" \(did you mean "all"\?\)/],
    ['read_file', { path: 'a', startline: 3 }, /"startline" \(did you mean "startLine"\?\)/],
    ['read_file', { file: 'a' }, /expected string, received undefined\s+→ at path/],
    ['read_file', { path: 3 }, /expected string, received number/],
    ['read_file', { path: 'src/a.ts', startLine: 0 }, /startLine/],
    ['read_file', { path: 'src/a.ts', startLine: 1.5 }, /startLine/],
    ['read_file', JSON.parse('{"path":"a","__proto__":{"x":1}}'), /There is no argument "__proto__"/],
    ['read_file', JSON.parse('{"path":"a","constructor":{"prototype":{"x":1}}}'), /There is no argument "constructor"/],
    ['read_file', [], /expected object/],
    ['update_plan', { steps: [{ text: 'a', state: 'later' }] }, /steps\[0\]\.state/],
    ['ask_user', { question: 'x'.repeat(5_000) }, /question/],
  ])('%s %j', async (tool, args, message) => {
    expect(refusal(await ws.plan(tool, args))).toMatch(message);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('a tool that reads plans what it would read', () => {
  test.each([
    ['read_file', { path: 'src/a.ts' }, { tool: 'read_file', path: 'src/a.ts', startLine: 1, endLine: null }],
    ['read_file', { path: './src//a.ts', startLine: 2, endLine: 5 }, { path: 'src/a.ts', startLine: 2, endLine: 5 }],
    ['list_directory', { path: '' }, { tool: 'list_directory', path: '.' }],
    ['list_directory', { path: 'src/' }, { path: 'src' }],
    ['find_files', { query: ' a.ts ' }, { tool: 'find_files', path: '.', query: 'a.ts' }],
    ['search_text', { pattern: 'x' }, { tool: 'search_text', path: '.', pattern: 'x', glob: null }],
    ['search_text', { pattern: 'x', path: 'src', glob: '*.ts' }, { path: 'src', glob: '*.ts' }],
  ])('%s %j', async (tool, args, action) => {
    expect(await ws.plan(tool, args)).toMatchObject({ kind: 'action', action: { kind: 'read', ...action } });
  });

  test.each([
    ['read_file', { path: 'src' }, /^not_a_file: src is a folder. Use list_directory/],
    ['read_file', { path: 'src/b.ts' }, /^not_found: .*There is: src\/a.ts/],
    [
      'read_file',
      { path: 'src/a.ts', startLine: 5, endLine: 4 },
      /^bad_arguments: endLine \(4\) is before startLine \(5\)/,
    ],
    ['read_file', { path: '/etc/passwd' }, /^outside/],
    ['list_directory', { path: 'src/a.ts' }, /^not_a_directory: src\/a.ts is a file. Use read_file/],
    ['list_directory', { path: 'sr' }, /^not_found/],
    ['find_files', { query: '  ' }, /^bad_arguments/],
    ['search_text', { pattern: '' }, /^bad_arguments/],
    ['search_text', { pattern: 'a\0' }, /^bad_arguments/],
    ['search_text', { pattern: 'a', path: '../' }, /^outside/],
    ['ask_user', { question: ' ' }, /^bad_arguments/],
  ])('or refuses: %s %j', async (tool, args, message) => {
    expect(refusal(await ws.plan(tool, args))).toMatch(message);
  });

  test('and the plan and the question are what was written', async () => {
    const steps = [{ text: 'one', state: 'active' as const }];
    expect(await ws.plan('update_plan', { steps })).toEqual({ kind: 'plan', steps });
    expect(await ws.plan('ask_user', { question: 'Which?', choices: ['a', 'b'] })).toEqual({
      kind: 'action',
      action: { kind: 'question', tool: 'ask_user', question: 'Which?', choices: ['a', 'b'] },
    });
  });
});
