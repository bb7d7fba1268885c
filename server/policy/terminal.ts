/** What a terminal of the person may be: theirs alone, in a trusted workspace, and on the host only by an answer each time. Pure. */
import type { TerminalAction } from '../../shared/action.ts';
import { strictest, type Reason, type Verdict } from '../../shared/verdict.ts';
import type { Facts, Rules, ToolRule } from './rules.ts';

/** A rule of the settings can take a terminal away, or have it asked for; it can loosen nothing. */
export function judgeTerminal(
  action: TerminalAction,
  rules: Pick<Rules, 'tools' | 'most'>,
  facts: Pick<Facts, 'actor' | 'trusted'>,
): Verdict {
  if (facts.actor !== 'person') return verdict([NOT_THE_AGENTS]);
  if (action.tool === 'rename_terminal' || action.tool === 'close_terminal') return verdict([OWN_HAND]);
  const named = rules.tools.filter(({ tool, decision }) => tool === action.tool && decision !== 'allow').map(fromRule);
  const reasons = [...(facts.trusted ? [] : [UNTRUSTED]), ...beyond(action, rules.most), ...named, ...floors(action)];
  return verdict(reasons.length > 0 ? reasons : [OWN_HAND]);
}

const NETWORKS = ['none', 'proxy', 'host'];
const GITS = ['readonly', 'guarded'];

/** A confined terminal is one by the bounds of the organisation; a host terminal is a matter of its own rule. */
function beyond(action: TerminalAction, most: Rules['most']): Reason[] {
  if (action.tool !== 'open_terminal' || most === undefined) return [];
  const over = [
    { what: 'network', asked: action.network.mode, order: NETWORKS, bound: most.network },
    { what: 'git', asked: action.git, order: GITS, bound: most.git },
  ];
  return over.flatMap(({ what, asked, order, bound }): Reason[] => {
    if (bound === null || order.indexOf(asked) <= order.indexOf(bound.value)) return [];
    const why = `The organisation's settings give ${what} = "${bound.value}" at most, and this asks for "${asked}".`;
    const { source, layer } = bound;
    return [{ rule: `${layer}/sandbox.${what}`, layer, source, decision: 'deny', why, about: { kind: 'none' } }];
  });
}

function floors(action: Extract<TerminalAction, { tool: 'open_terminal' | 'host_terminal' }>): Reason[] {
  if (action.tool === 'host_terminal') return [HOST];
  return action.network.mode === 'host' ? [HOST_NETWORK] : [];
}

function verdict(reasons: Reason[]): Verdict {
  const decision = strictest(reasons.map((reason) => reason.decision));
  const decided = reasons.filter((reason) => reason.decision === decision);
  return {
    decision,
    reasons: [...decided, ...reasons.filter((reason) => reason.decision !== decision)],
    inspectable: true,
    commands: [],
  };
}

const fromRule = ({ id, layer, source, decision, why }: ToolRule): Reason => ({
  rule: id,
  layer,
  source,
  decision,
  why,
  about: { kind: 'none' },
});

const builtin = (rule: string, decision: Reason['decision'], why: string): Reason => ({
  rule,
  layer: 'builtin',
  source: `builtin/${rule.split('.')[0]}`,
  decision,
  why,
  about: { kind: 'none' },
});

const NOT_THE_AGENTS = builtin(
  'terminal.person',
  'deny',
  "A terminal is the person's own: the agent neither opens nor closes one.",
);
const UNTRUSTED = builtin(
  'terminal.untrusted',
  'deny',
  'The workspace is not trusted: in a terminal its files would run at the first command.',
);
const OWN_HAND = builtin('person.own-hand', 'allow', 'The person does this on the page, by their own hand.');
const HOST = builtin(
  'terminal.host',
  'prompt',
  'This shell would run on the machine itself, without a sandbox: it can do whatever you can. No rule, grant or mode allows it; it is asked each time.',
);
const HOST_NETWORK = builtin(
  'terminal.network',
  'prompt',
  'This shell would reach the network of the machine: what it can read, it could send.',
);
