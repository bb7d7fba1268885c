/** What the policy says of terminals: whose they are, where they may be, and what no setting can loosen. */
import { describe, expect, it } from 'vitest';
import type { Facts, Rules } from '../../server/policy/rules.ts';
import { judgeTerminal as judge } from '../../server/policy/terminal.ts';
import type { TerminalAction } from '../../shared/action.ts';
import { newTerminalId } from '../../shared/ids.ts';
import { Decision, Mode } from '../../shared/verdict.ts';

const NO_RULES: Pick<Rules, 'tools' | 'most'> = { tools: [] };
const PERSON = { mode: 'ask', trusted: true, actor: 'person', granted: false } as const;
const all = { kind: 'terminal', id: newTerminalId(), name: 'one', cwd: '.' } as const;
const CONFINED: TerminalAction = {
  ...{ ...all, tool: 'open_terminal', argv: ['/bin/bash', '-i'], git: 'readonly' },
  network: { mode: 'none', hosts: [] },
};
const HOST: TerminalAction = { ...all, tool: 'host_terminal', argv: ['/bin/bash', '-i'] };
const CLOSE: TerminalAction = { kind: 'terminal', tool: 'close_terminal', id: all.id };

const rule = (tool: string, decision: Decision): Pick<Rules, 'tools'> => ({
  tools: [{ id: `user/tools.policies.${tool}`, layer: 'user', source: 'config.toml:1', tool, decision, why: 'a rule' }],
});
const decide = (action: TerminalAction, rules = NO_RULES, facts: Partial<Facts> = {}) =>
  judge(action, rules, { ...PERSON, ...facts }).decision;

describe('a terminal', () => {
  it("is the person's: a confined one by their own hand, in any mode", () => {
    for (const mode of Mode.options) expect(decide(CONFINED, NO_RULES, { mode })).toBe('allow');
  });

  it('is never the agent’s, whatever is allowed or granted', () => {
    for (const action of [CONFINED, HOST, CLOSE]) {
      const facts = { actor: 'agent', granted: true, mode: 'auto-edit' } as const;
      expect(decide(action, rule(action.tool, 'allow'), facts)).toBe('deny');
    }
  });

  it('needs a trusted workspace, and says so; one that is there can be closed without', () => {
    for (const action of [CONFINED, HOST]) {
      const verdict = judge(action, NO_RULES, { ...PERSON, trusted: false });
      expect(verdict.decision).toBe('deny');
      expect(verdict.reasons[0]).toMatchObject({ rule: 'terminal.untrusted' });
    }
    expect(decide(CLOSE, NO_RULES, { trusted: false })).toBe('allow');
  });

  it('on the host is asked for each time: no rule, grant or mode allows it', () => {
    for (const mode of Mode.options)
      for (const decision of Decision.options.filter((one) => one !== 'deny'))
        expect(decide(HOST, rule('host_terminal', decision), { mode, granted: true })).toBe('prompt');
  });

  it('can be switched off, or have to be asked for, by a rule', () => {
    expect(decide(HOST, rule('host_terminal', 'deny'))).toBe('deny');
    expect(decide(CONFINED, rule('open_terminal', 'deny'))).toBe('deny');
    expect(decide(CONFINED, rule('open_terminal', 'prompt'))).toBe('prompt');
    expect(decide(CONFINED, rule('host_terminal', 'deny'))).toBe('allow');
  });

  it('goes no further than the organisation lets it, in network and git', () => {
    const source = { source: '/etc/vtcode/config.toml:2', layer: 'organisation' as const };
    const most = (network: 'none' | 'proxy' | 'host' | null, git: 'readonly' | 'guarded' | null) => ({
      tools: [],
      most: { network: network && { value: network, ...source }, git: git && { value: git, ...source } },
    });
    const wide: TerminalAction = { ...CONFINED, network: { mode: 'host', hosts: [] }, git: 'guarded' };
    expect(decide(wide, most(null, null))).toBe('prompt');
    expect(decide(wide, most('host', 'guarded'))).toBe('prompt');
    expect(decide(wide, most('proxy', null))).toBe('deny');
    expect(decide(wide, most(null, 'readonly'))).toBe('deny');
    expect(decide(CONFINED, most('none', 'readonly'))).toBe('allow');
    const verdict = judge(wide, most('none', 'guarded'), { ...PERSON });
    expect(verdict.reasons[0]).toMatchObject({ rule: 'organisation/sandbox.network', ...source, decision: 'deny' });
  });

  it('that would reach the network of the machine is asked for', () => {
    expect(decide({ ...CONFINED, network: { mode: 'host', hosts: [] } })).toBe('prompt');
  });
});
