/** From the settings, with all their origins, to the rules that count now. */
import { parsePattern } from '../base/host-pattern.ts';
import type { Setting, Settings } from '../config/settings.ts';
import type { Most, Rules } from '../policy/rules.ts';

/** A rule that waits for trust is left out: what does not count must not be seen by who decides. */
export function rulesOf(settings: Settings): Rules {
  const { toolRules, defaultRules, pathRules, commandRules, constraints, humanInTheLoop, sandbox } = settings;
  const tools = [...toolRules, ...defaultRules].filter(({ inForce }) => inForce);
  return {
    tools: tools.map(({ rule, layer, source, tool, decision, why }) => ({
      id: rule,
      layer,
      source,
      tool,
      decision,
      why,
    })),
    commands: commandRules
      .filter(({ inForce }) => inForce)
      .map(({ rule, layer, source, words, decision, why }) => ({ id: rule, layer, source, words, decision, why })),
    constraints: constraints.map(({ rule, ...rest }) => ({ id: rule, ...rest })),
    paths: pathRules.map(({ rule, kind, pattern, layer, source }) => ({
      id: rule,
      kind,
      layer,
      source,
      patterns: [pattern],
      why: kind === 'protected' ? 'Your settings keep the agent from writing it.' : 'Your settings call it sensitive.',
    })),
    hosts: sandbox.hosts.flatMap(({ rule, pattern, layer, source }) => {
      const parsed = parsePattern(pattern);
      return parsed.ok ? [{ id: rule, layer, source, text: pattern, pattern: parsed.pattern }] : [];
    }),
    most: { network: mostOf(sandbox.most.network), git: mostOf(sandbox.most.git) },
    humanInTheLoop: humanInTheLoop.value ? humanInTheLoop.origin : null,
  };
}

const mostOf = <T>(setting: Setting<T> | null): Most<T> => setting && { value: setting.value, ...setting.origin };
