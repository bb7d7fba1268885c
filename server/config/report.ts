/** Every rule of every layer in one list, as a person reads it: what it speaks of, what it says, and where it stands. */
import type { PolicyRule } from '../../shared/policy-api.ts';
import { digest } from '../base/hash.ts';
import type { Decision, PathKind } from '../../shared/verdict.ts';
import { BUILTIN_PATH_RULES } from '../policy/paths.ts';
import type { Settings } from './settings.ts';

/** The strongest layer first: ours, the organisation's, the user's, the workspace's. */
export function policyRules(settings: Settings): PolicyRule[] {
  const all = [...builtins(), ...person(settings), ...ofTools(settings), ...ofCommands(settings), ...rest(settings)];
  return all.sort((a, b) => ORDER.indexOf(a.layer) - ORDER.indexOf(b.layer));
}

/** SHA-256 of what the rules say, and of what bounds the modes and the network: the same wherever they stand, whatever their reasons. */
export function policyHash(settings: Settings): string {
  const { loosestMode, sandbox } = settings;
  const { network, git, most } = sandbox;
  const says = policyRules(settings).map(({ id, about, text, decision, sleeping }) => ({
    id,
    about,
    text,
    decision,
    sleeping,
  }));
  const mostOf = (one: { value: string } | null) => one?.value ?? '';
  const bounds = [loosestMode.value, network.value, git.value, mostOf(most.network), mostOf(most.git)];
  return digest({ says, bounds });
}

const ORDER: PolicyRule['layer'][] = ['builtin', 'organisation', 'user', 'workspace'];

const SAYS: Record<PathKind, Decision> = { protected: 'deny', sensitive: 'prompt', execSurface: 'prompt' };

const builtins = (): PolicyRule[] =>
  BUILTIN_PATH_RULES.map(({ id, layer, source, kind, patterns, why }) => ({
    ...{ id, layer, source, why },
    about: 'path',
    text: patterns.join(' '),
    decision: SAYS[kind],
    sleeping: false,
  }));

function person({ humanInTheLoop: { value, origin } }: Settings): PolicyRule[] {
  if (!value) return [];
  const why = "No state change without a person's allow, in any mode.";
  return [
    {
      ...{ id: 'security.human-in-the-loop', layer: origin.layer, source: origin.source, why },
      about: 'person',
      text: 'every state change',
      decision: 'prompt',
      sleeping: false,
    },
  ];
}

const ofTools = ({ toolRules, defaultRules }: Settings): PolicyRule[] =>
  [...toolRules, ...defaultRules].map(({ rule, layer, source, tool, decision, why, inForce }) => ({
    ...{ id: rule, layer, source, decision, why },
    about: 'tool',
    text: tool === '*' ? 'whatever no rule names' : tool,
    sleeping: !inForce,
  }));

const ofCommands = ({ commandRules }: Settings): PolicyRule[] =>
  commandRules.map(({ rule, layer, source, words, decision, why, inForce }) => ({
    ...{ id: rule, layer, source, decision, why },
    about: 'command',
    text: words.join(' '),
    sleeping: !inForce,
  }));

function rest({ constraints, pathRules, sandbox }: Settings): PolicyRule[] {
  const bounds = constraints.map(({ rule, layer, source, tool, bound }): PolicyRule => {
    const text = `${tool}: ${boundText(bound)}`;
    const why = 'What goes beyond it is denied.';
    return { id: rule, layer, source, about: 'bound', text, decision: 'deny', why, sleeping: false };
  });
  const paths = pathRules.map(({ rule, layer, source, kind, pattern }): PolicyRule => {
    const why = kind === 'protected' ? 'The agent does not write it.' : 'It is likely to hold a secret.';
    return { id: rule, layer, source, about: 'path', text: pattern, decision: SAYS[kind], why, sleeping: false };
  });
  const hosts = sandbox.hosts.map(({ rule, layer, source, pattern }): PolicyRule => {
    const why = 'Commands may reach it without a question.';
    return { id: rule, layer, source, about: 'host', text: pattern, decision: 'allow', why, sleeping: false };
  });
  return [...bounds, ...paths, ...hosts];
}

function boundText(bound: Settings['constraints'][number]['bound']): string {
  switch (bound.kind) {
    case 'bytes':
      return `at most ${bound.most} bytes`;
    case 'hosts':
      return `only ${bound.hosts.join(', ') || 'no host'}`;
    case 'paths':
      return `only ${bound.paths.join(', ') || 'no path'}`;
  }
}
