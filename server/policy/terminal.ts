/** What a terminal of the person may be: theirs alone, in a trusted workspace, and on the host only by an answer each time. Pure. */
import type { TerminalAction } from '../../shared/action.ts';
import { strictest, type Reason, type Verdict } from '../../shared/verdict.ts';
import type { Facts, Rules, ToolRule } from './rules.ts';

/** A rule of the settings can take a terminal away, or have it asked for; it can loosen nothing. */
export function judgeTerminal(
  action: TerminalAction,
  rules: Pick<Rules, 'tools'>,
  facts: Pick<Facts, 'actor' | 'trusted'>,
): Verdict {
  if (facts.actor !== 'person') return verdict([NOT_THE_AGENTS]);
  if (action.tool === 'rename_terminal' || action.tool === 'close_terminal') return verdict([OWN_HAND]);
  const named = rules.tools.filter(({ tool, decision }) => tool === action.tool && decision !== 'allow').map(fromRule);
  const reasons = [...(facts.trusted ? [] : [UNTRUSTED]), ...named, ...floors(action)];
  return verdict(reasons.length > 0 ? reasons : [OWN_HAND]);
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
