/** The one decision: what an action may do, under these rules and facts. Pure: no clock, no disk, no environment. */
import type { Action, CommandAction, ConnectAction, EditAction, FileChange, FileState } from '../../shared/action.ts';
import { pathsOf } from '../../shared/action.ts';
import type { TrailPart } from '../../shared/policy-api.ts';
import { strictest, type Decision, type Layer, type Reason, type Verdict } from '../../shared/verdict.ts';
import { matches } from '../base/host-pattern.ts';
import { type CommandGround, judgeCommand, partsOf } from './command.ts';
import { beyond } from './constraints.ts';
import { classify, type PathClass, type PathRule } from './paths.ts';
import type { Facts, Rules, Standing, ToolRule } from './rules.ts';
import { standingForEdit, standingForHost } from './standing.ts';
import { taintFloor } from './taint.ts';
import { judgeTerminal } from './terminal.ts';

/** Ranks, first that speaks wins: denies and floors; explicit rules; grants and the mode; defaults. */
export function judge(action: Action, rules: Rules, facts: Facts): Verdict {
  if (action.kind === 'terminal') return judgeTerminal(action, rules, facts);
  const denies = hardDenies(action, rules, facts);
  if (denies.length > 0) return verdict('deny', [...denies, ...secretFloors(action, rules)]);
  if (isOwnHand(action, facts)) return verdict('allow', [PERSON]);
  if (action.kind === 'command' && action.tool === 'run_command') return runCommand(action, rules, facts);
  const floors = [...taintFloor(action, facts.tainted), ...promptFloors(action, rules)];
  const explicit = explicitRules(action, rules);
  const base = explicit.length > 0 ? explicit : [loosened(byDefault(action, rules), action, facts)];
  const decision = strictest([...floors, ...base].map((reason) => reason.decision));
  return verdict(decision, [...floors, ...base]);
}

/** A host that a terminal asks for is not: a program there wants it, and the person is who answers. */
const isOwnHand = (action: Action, { actor }: Facts) => actor === 'person' && action.kind !== 'connect';

function hardDenies(action: Action, rules: Rules, facts: Facts): Reason[] {
  if (action.kind !== 'edit' && action.kind !== 'command' && action.kind !== 'connect')
    return facts.actor === 'person' ? [] : beyond(action, rules.constraints, facts.world);
  const reasons =
    action.kind === 'edit' ? pathsOf(action).flatMap((path) => protectedPath(path, classify(path, rules.paths))) : [];
  if (isOwnHand(action, facts)) return reasons;
  reasons.push(...beyond(action, rules.constraints, facts.world));
  if (!facts.trusted) reasons.push(UNTRUSTED);
  else if (
    facts.mode === 'plan' &&
    facts.actor === 'agent' &&
    !(action.kind === 'command' && action.tool === 'run_command')
  )
    reasons.push(PLAN);
  return reasons;
}

function protectedPath(path: string, found: PathClass): Reason[] {
  return found.protected.map((rule) => ({ ...fromPath(path, rule), decision: 'deny' as const }));
}

function promptFloors(action: Action, rules: Rules): Reason[] {
  const reasons: Reason[] = pathsOf(action).flatMap((path) => {
    const found = classify(path, rules.paths);
    const asked = action.kind === 'edit' ? [...found.execSurface, ...found.sensitive] : readFloor(action, found);
    return asked.map((rule) => ({ ...fromPath(path, rule), decision: 'prompt' as const }));
  });
  if (action.kind === 'edit') reasons.push(...action.changes.filter(becomesExecutable).map(executable));
  if (action.kind === 'command') reasons.push(...commandFloors(action));
  if (action.kind === 'edit' || action.kind === 'command') reasons.push(...personWanted(rules));
  return reasons;
}

/** Said of what is denied as well: its record still holds the lines of the file, which others may come to see. */
function secretFloors(action: Action, rules: Rules): Reason[] {
  return action.kind === 'edit' ? promptFloors(action, rules).filter(({ about }) => about.kind === 'sensitive') : [];
}

function personWanted({ humanInTheLoop }: Rules): Reason[] {
  if (!humanInTheLoop) return [];
  const why = 'Human in the loop is set: every state change asks, in any mode.';
  return [{ rule: 'security.human-in-the-loop', ...humanInTheLoop, decision: 'prompt', why, about: NO_PATH }];
}

/** What an organisation says of a tool stands above all rules for commands; what others say of it, beside those of their layer. */
function runCommand(action: CommandAction, rules: Rules, facts: Facts): Verdict {
  const ground = groundOf(action, rules, facts);
  return judgeCommand(action, { rules, facts, ground, plan: facts.mode === 'plan' ? PLAN : null });
}

/** Each command of a script with all that is said of it alone, those that decide first. */
export function trailOf(action: CommandAction, rules: Rules, facts: Facts): TrailPart[] {
  return partsOf(action, { rules, facts, ground: groundOf(action, rules, facts) });
}

function groundOf(action: CommandAction, rules: Rules, facts: Facts): CommandGround {
  const of = (isTheirs: boolean, tool: string) =>
    rules.tools.filter((rule) => rule.tool === tool && (rule.layer === 'organisation') === isTheirs).map(fromTool);
  return {
    floors: [...taintFloor(action, facts.tainted), ...commandFloors(action), ...set(action), ...of(true, action.tool)],
    ifItChanges: personWanted(rules),
    tool: of(false, action.tool),
    fallback: rules.tools.filter((rule) => rule.tool === '*').map(fromTool),
    standing: standingFor(action, facts),
    loosened: grantOrMode(action, facts)[0] ?? null,
  };
}

/** In mode plan nothing of what changes is let through by a rule; nor is what leaves the box, or has other variables than usual. */
function standingFor({ network, git, env }: CommandAction, { mode, trusted, standing }: Facts): Standing[] {
  if (mode === 'plan' || !trusted || git !== 'readonly' || Object.keys(env).length > 0) return [];
  return standing.filter(({ rule }) => rule.kind === 'command' && rule.network === network.mode);
}

const set = ({ env }: CommandAction): Reason[] => (Object.keys(env).length === 0 ? [] : [VARIABLES]);

/** What leaves the box, or may change what runs outside of it, is asked for each time. */
function commandFloors({ network, git }: CommandAction): Reason[] {
  return [...(network.mode === 'host' ? [NETWORK] : []), ...(git === 'guarded' ? [GIT] : [])];
}

/** Listings and searches leave sensitive files out by themselves; reading one by name asks. */
function readFloor(action: Action, found: PathClass): PathRule[] {
  return action.kind === 'read' && action.tool === 'read_file' ? found.sensitive : [];
}

function becomesExecutable({ before, after }: FileChange): boolean {
  const bits = (state: FileState) => (state.state === 'file' ? state.mode & EXECUTABLE : 0);
  return (bits(after) & ~bits(before)) !== 0;
}

const executable = ({ path }: FileChange): Reason => ({
  ...BECOMES_EXECUTABLE,
  why: `${path}: It becomes a program that others can start by its name.`,
  about: { kind: 'executable', path },
});

/** Rules that name the tool; of several, all are kept and the strictest decides. */
function explicitRules(action: Action, rules: Rules): Reason[] {
  if (action.kind === 'connect') return listed(action, rules);
  return rules.tools.filter((rule) => rule.tool === action.tool).map(fromTool);
}

function listed({ host, port }: ConnectAction, { hosts }: Rules): Reason[] {
  const found = hosts.find(({ pattern }) => matches(pattern, host, port));
  if (found === undefined) return [];
  const { id, layer, source, text } = found;
  const why = `The settings let commands reach ${text}.`;
  return [{ rule: id, layer, source, decision: 'allow', why, about: NO_PATH }];
}

/** Grants and the mode turn a default question into an allow; a default deny stands. */
function loosened(standing: Reason, action: Action, facts: Facts): Reason {
  return standing.decision === 'prompt' ? (grantOrMode(action, facts)[0] ?? standing) : standing;
}

function grantOrMode(action: Action, facts: Facts): Reason[] {
  if (action.kind !== 'edit' && action.kind !== 'command' && action.kind !== 'connect') return [];
  if (facts.granted) return [GRANTED];
  const own = action.kind === 'edit' ? standingForEdit(action, facts.standing) : null;
  if (own !== null) return [own];
  if (action.kind === 'edit') return facts.mode === 'auto-edit' || facts.mode === 'contained' ? [AUTO_EDIT] : [];
  if (action.kind === 'connect') {
    const own = standingForHost(action, facts.standing);
    return own === null ? [] : [own];
  }
  const isContained =
    facts.mode === 'contained' && facts.boxed && action.network.mode === 'none' && action.git === 'readonly';
  return isContained ? [CONTAINED] : [];
}

/** The default that is set takes the place of ours for changes; elsewhere it can only be stricter. */
function byDefault(action: Exclude<Action, { kind: 'terminal' }>, rules: Rules): Reason {
  const set = rules.tools.filter((rule) => rule.tool === '*');
  const chosen = set.find((rule) => rule.decision === strictest(set.map((one) => one.decision)));
  const own = ownDefault(action);
  if (!chosen) return own;
  if (action.kind === 'edit' || action.kind === 'command') return fromTool(chosen);
  return strictest([own.decision, chosen.decision]) === own.decision ? own : fromTool(chosen);
}

function ownDefault(action: Exclude<Action, { kind: 'terminal' }>): Reason {
  switch (action.kind) {
    case 'read':
      return READ;
    case 'edit':
      return editDefault(action);
    case 'question':
      return QUESTION;
    case 'command':
      return COMMAND;
    case 'task':
      return TASK;
    case 'connect':
      return NEW_HOST;
  }
}

function editDefault(action: EditAction): Reason {
  const many = action.changes.length > 1 ? 'These files' : 'This file';
  return { ...EDIT, why: `${many} would change on disk. In mode ask every write waits for you.` };
}

const NO_PATH = { kind: 'none' } as const;
/** The bits by which a file can be started as a program. */
const EXECUTABLE = 0o111;

const fromTool = ({ id, layer, source, decision, why }: ToolRule): Reason => ({
  rule: id,
  layer,
  source,
  decision,
  why,
  about: NO_PATH,
});

const fromPath = (path: string, { id, kind, layer, source, why }: PathRule) => ({
  rule: id,
  layer,
  source,
  why: `${path}: ${why}`,
  about: { kind, path },
});

const verdict = (decision: Decision, reasons: Reason[]): Verdict => ({
  decision,
  // Those that decided come first; the others follow in their order.
  reasons: [...reasons.filter((r) => r.decision === decision), ...reasons.filter((r) => r.decision !== decision)],
  inspectable: true,
  commands: [],
});

const builtin = (rule: string, decision: Decision, why: string): Reason => ({
  rule,
  layer: 'builtin',
  source: `builtin/${rule.split('.')[0]}`,
  decision,
  why,
  about: NO_PATH,
});

/** The same, standing in another layer. */
const of = (layer: Layer, reason: Reason): Reason => ({ ...reason, layer });

const UNTRUSTED = builtin(
  'trust.untrusted',
  'deny',
  'The workspace is not trusted: the agent reads and answers, it changes nothing.',
);
const PLAN = of('mode', builtin('mode.plan', 'deny', 'Mode plan: the agent reads and answers, it changes nothing.'));
const PERSON = builtin('person.own-hand', 'allow', 'The person does this on the page, by their own hand.');
const GRANTED = of('session', builtin('grant.session', 'allow', 'You allowed this for the session.'));
const AUTO_EDIT = of(
  'mode',
  builtin('mode.auto-edit', 'allow', 'Mode auto-edit: writes inside the workspace run without asking.'),
);
const CONTAINED = of(
  'mode',
  builtin('mode.contained', 'allow', 'Mode contained: a command that cannot leave the sandbox runs without asking.'),
);
const VARIABLES = builtin('command.variables', 'prompt', 'It sets variables that programs would obey.');
const BECOMES_EXECUTABLE = builtin('edit.executable', 'prompt', '');
const READ = of('default', builtin('read.workspace', 'allow', 'Reads inside the workspace are free.'));
const EDIT = of('default', builtin('edit.workspace', 'prompt', ''));
const QUESTION = of('default', builtin('question.person', 'prompt', 'The agent asks you something.'));
const COMMAND = of(
  'default',
  builtin(
    'command.workspace',
    'prompt',
    'A program would run here, confined. In mode ask every command waits for you.',
  ),
);
const TASK = of('default', builtin('task.own', 'allow', 'It looks at or ends a command that this session started.'));
const NETWORK = builtin(
  'command.network',
  'prompt',
  'The command would have the network of this machine, with no proxy between: what it can read, it could send anywhere.',
);
const NEW_HOST = of(
  'default',
  builtin(
    'network.new-host',
    'prompt',
    'The settings do not name this host: what asks for it could send there whatever it can read.',
  ),
);
const GIT = builtin('command.git', 'prompt', 'The command would change what git keeps of this workspace.');
