/** Words from outside mark a session: from then on what could carry something out is asked for, whatever allows it. */
import { describe, expect, it } from 'vitest';
import { createTaints } from '../../server/gate/taints.ts';
import { judge } from '../../server/policy/judge.ts';
import type { Rules } from '../../server/policy/rules.ts';
import { taintOf } from '../../server/policy/taint.ts';
import { parsePattern } from '../../server/base/host-pattern.ts';
import type { Action, CommandAction, ConnectAction } from '../../shared/action.ts';
import { newActionId, newTurnId } from '../../shared/ids.ts';
import { ASK } from '../fixtures/judged.ts';
import { tempStore } from '../fixtures/store.ts';

const read = (path: string): Action => ({ kind: 'read', tool: 'read_file', path, startLine: 1, endLine: null });
const command = (script: string, more: Partial<CommandAction> = {}): CommandAction => ({
  ...{ kind: 'command', tool: 'run_command', script, argv: ['/bin/bash', '-c', script], cwd: '.', env: {} },
  ...{ git: 'readonly', network: { mode: 'none', hosts: [] }, background: false },
  limits: { pids: 1, nofile: 1, fileBytes: 1, dataBytes: 1, wallMs: 1, outputBytes: 1 },
  ...more,
});

describe('what brings words from outside', () => {
  it.each([
    [read('node_modules/left-pad/README.md'), 'node_modules/left-pad/README.md'],
    [read('packages/a/node_modules/x/index.js'), 'packages/a/node_modules/x/index.js'],
    [read('.venv/lib/python3/site-packages/x.py'), '.venv/lib/python3/site-packages/x.py'],
    [command('cat node_modules/left-pad/README.md | head'), 'node_modules/left-pad/README.md'],
    [command("grep -r x './vendor/lib'"), 'vendor/lib'],
    [read('src/node_modules.ts'), null],
    [read('docs/vendors.md'), null],
    [command('node_modules/.bin/vitest run'), null],
    [command('ls src'), null],
    [{ kind: 'read', tool: 'list_directory', path: 'node_modules' } as Action, null],
  ])('%j', (action, what) => {
    expect(taintOf(action)).toEqual(what === null ? null : { source: 'dependency', what });
  });
});

describe('a session that has them', () => {
  it('asks for a host that the settings name, a grant covers and a mode would let through, and says why', () => {
    const parsed = parsePattern('registry.example.org');
    if (!parsed.ok) return expect.unreachable();
    const hosts = [
      { id: 'hosts', layer: 'user' as const, source: 'config.toml:1', text: 'x', pattern: parsed.pattern },
    ];
    const rules: Rules = { tools: [], commands: [], constraints: [], paths: [], hosts, humanInTheLoop: null };
    const connect: ConnectAction = {
      ...{ kind: 'connect', tool: 'connect', host: 'registry.example.org', port: 443, method: 'CONNECT' },
      command: { actionId: newActionId(), title: 'npm install' },
    };
    expect(judge(connect, rules, ASK).decision).toBe('allow');
    for (const granted of [false, true]) {
      const verdict = judge(connect, rules, {
        ...ASK,
        granted,
        mode: 'contained',
        tainted: 'node_modules/x (read 10:41 UTC)',
      });
      expect(verdict.decision).toBe('prompt');
      expect(verdict.reasons[0]).toMatchObject({ rule: 'taint.context', layer: 'builtin', decision: 'prompt' });
      expect(verdict.reasons[0]!.why).toContain('node_modules/x (read 10:41 UTC)');
    }
  });

  it('asks for a command with a network, and for none without', () => {
    const rules: Rules = { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null };
    const facts = { ...ASK, mode: 'contained' as const, tainted: 'x' };
    const decided = (mode: 'none' | 'proxy') =>
      judge(command('true', { network: { mode, hosts: [] } }), rules, facts).decision;
    expect([decided('none'), decided('proxy')]).toEqual(['allow', 'prompt']);
  });
});

describe('the record of it', () => {
  it('is written once for each thing, told in words, bounded, and read back after a restart', async () => {
    const { log, sessions } = await tempStore();
    const session = sessions.create('a', 'system');
    const other = sessions.create('b', 'system');
    const by = { session, turn: newTurnId(), actor: 'agent:m' as const, actionId: newActionId() };
    const taints = createTaints(log);
    expect(taints.of(session)).toBe('');
    for (let i = 0; i < 3; i++) taints.note({ source: 'dependency', what: 'node_modules/x/a.js' }, by);
    taints.note({ source: 'network', what: 'evil.example' }, by);
    taints.note(null, by);
    expect(log.ofType(session, 'context.tainted')).toHaveLength(2);
    expect(taints.of(session)).toMatch(
      /^node_modules\/x\/a\.js \(read \d\d:\d\d UTC\), evil\.example \(reached \d\d:\d\d UTC\)$/,
    );
    expect(createTaints(log).of(session)).toBe(taints.of(session));
    expect(taints.of(other)).toBe('');
    for (let i = 0; i < 100; i++) taints.note({ source: 'dependency', what: `node_modules/${i}/a` }, by);
    expect(log.ofType(session, 'context.tainted').length).toBeLessThanOrEqual(20);
    expect(taints.of(session)).toMatch(/, 17 more before$/);
  });
});
