/** The verdict on a command: every part of its script by the ranks, and the whole as strict as its strictest part. */
import type { CommandAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { TrailPart } from '../../shared/policy-api.ts';
import { strictest, type Decision, type Reason, type Verdict } from '../../shared/verdict.ts';
import { builtinReason, type Finding } from './findings.ts';
import type { Facts, Rules, Standing } from './rules.ts';
import { type Judged, type Read, readArgv, readScript } from './script.ts';

/** What the tool's own rules and the floors of every action say of it, and what may loosen a default question. */
export interface CommandGround {
  /** Of the whole action: what leaves the box, and what an organisation or a person wants asked. */
  floors: readonly Reason[];
  /** Wanted by the settings wherever something changes. */
  ifItChanges: readonly Reason[];
  /** `tools.policies` for the tool, each with its layer. */
  tool: readonly Reason[];
  /** `tools.default_policy`. */
  fallback: readonly Reason[];
  /** Rules of the person that may answer what is asked of one of its commands. */
  standing: readonly Standing[];
  /** What was allowed for the session, or a mode; null where neither speaks. */
  loosened: Reason | null;
}

/** In mode plan only what reads passes; `plan` is then what is said of the rest, and null in all other modes. */
export function judgeCommand(
  action: Pick<CommandAction, 'script' | 'argv' | 'cwd'>,
  { rules, facts, ground, plan }: { rules: Rules; facts: Facts; ground: CommandGround; plan: Reason | null },
): Verdict {
  const around = { rules, standing: ground.standing, world: facts.world, cwd: action.cwd };
  const read = action.script === '' ? readArgv(action.argv, around) : readScript(action.script, around);
  if (plan !== null && !onlyReads(read))
    return sorted('deny', [plan], { inspectable: read.problems.length === 0, commands: [] });
  const parts = read.commands.map((command) => ({ argv: command.argv, reasons: partReasons(command, ground) }));
  const commands = parts.map(({ argv, reasons }) => ({
    argv,
    decision: strictest(reasons.map((one) => one.decision)),
  }));
  const whole = wholeReasons(read, ground);
  const reasons = [...parts.flatMap((part) => part.reasons), ...whole];
  const decision = reasons.length === 0 ? 'prompt' : strictest(reasons.map((one) => one.decision));
  const inspectable = read.problems.length === 0;
  return sorted(decision, reasons.length === 0 ? [NOTHING] : reasons, { inspectable, commands });
}

/** The commands of it, in their order: what every rule says of each alone. */
export function partsOf(
  action: Pick<CommandAction, 'script' | 'argv' | 'cwd'>,
  { rules, facts, ground }: { rules: Rules; facts: Facts; ground: CommandGround },
): TrailPart[] {
  const around = { rules, standing: ground.standing, world: facts.world, cwd: action.cwd };
  const read = action.script === '' ? readArgv(action.argv, around) : readScript(action.script, around);
  return read.commands.slice(0, LIMITS.shownCommands.value).map((command) => {
    const reasons = partReasons(command, ground);
    const decision = strictest(reasons.map((one) => one.decision));
    const decided = reasons.filter((one) => one.decision === decision);
    return {
      argv: command.argv,
      decision,
      reasons: [...decided, ...reasons.filter((one) => one.decision !== decision)],
    };
  });
}

/** Nothing is asked of it by our own rules: it looks, and changes nothing. */
const onlyReads = ({ commands, problems }: Read): boolean =>
  problems.length === 0 && commands.length > 0 && commands.every(isRead);

const isRead = ({ findings }: Judged): boolean =>
  findings.every(({ rank, reason }) => rank === 'explicit' && reason.decision !== 'deny') &&
  !findings.some(({ reason }) => reason.decision === 'allow');

function wholeReasons(read: Read, ground: CommandGround): Reason[] {
  const changes = onlyReads(read) ? [] : ground.ifItChanges;
  const unread = read.problems.slice(0, 5).map((why) => builtinReason('command.uninspectable', 'prompt', why));
  const empty = read.commands.length === 0 && unread.length === 0 ? fallbackOf([READS], ground) : [];
  return [...unread, ...ground.floors, ...changes, ...empty];
}

/** One command by the ranks: floors stand; of the rest the first rank that has something to say. */
function partReasons({ findings }: Judged, ground: CommandGround): Reason[] {
  const of = (rank: Finding['rank']) => findings.filter((one) => one.rank === rank).map(({ reason }) => reason);
  const explicit = of('explicit');
  const byTool = ground.tool.filter(({ layer }) => !explicit.some((one) => one.layer === layer));
  const named = [...explicit, ...byTool];
  const ours = of('default');
  const grants = of('grant');
  const base =
    explicit.length > 0
      ? [...named, ...loosen([...grants, ...ours], ground)]
      : named.length > 0
        ? named
        : grants.length > 0
          ? grantedOf(grants, ours, ground)
          : fallbackOf(ours, ground);
  return [...of('floor'), ...base];
}

/** A standing rule answers a question that is set as default too; what is denied by default stays denied. */
function grantedOf(grants: readonly Reason[], ours: readonly Reason[], ground: CommandGround): Reason[] {
  const denied = ground.fallback.filter(({ decision }) => decision === 'deny');
  return [...denied, ...grants, ...loosen(ours, ground)];
}

/** What is set as default takes the place of our own questions, and can only tighten what we let pass. */
function fallbackOf(ours: readonly Reason[], ground: CommandGround): Reason[] {
  const own = ours.length === 0 ? [READS] : ours;
  const ownDecision = strictest(own.map(({ decision }) => decision));
  const { fallback } = ground;
  if (fallback.length === 0) return loosen(own, ground);
  const set = strictest(fallback.map(({ decision }) => decision));
  const chosen = fallback.filter(({ decision }) => decision === set);
  if (ownDecision === 'allow' && set === 'allow') return [...own];
  return loosen(chosen, ground);
}

function loosen(reasons: readonly Reason[], { loosened }: CommandGround): Reason[] {
  if (loosened === null) return [...reasons];
  const kept = reasons.filter(({ decision }) => decision !== 'prompt');
  return kept.length === reasons.length ? kept : [...kept, loosened];
}

const READS: Reason = {
  ...builtinReason('command.reads', 'allow', 'It only reads what is in the workspace, or facts of this machine.'),
  layer: 'default',
};
const NOTHING = builtinReason('command.nothing', 'prompt', 'There is no command in it that could be judged.');

function sorted(
  decision: Decision,
  reasons: readonly Reason[],
  { inspectable, commands }: Pick<Verdict, 'inspectable' | 'commands'>,
): Verdict {
  const once = new Map(reasons.map((reason) => [`${reason.rule}\0${reason.source}\0${reason.why}`, reason]));
  // Of what only reads nothing needs to be said where something else is asked for.
  const all = [...once.values()].filter((one) => decision === 'allow' || one.rule !== READS.rule);
  const decided = all.filter((one) => one.decision === decision);
  const others = all.filter((one) => one.decision !== decision);
  const shown = LIMITS.shownCommands.value;
  return {
    decision,
    // Those that decided come first; the others follow in their order.
    reasons: [...decided, ...others].slice(0, shown),
    inspectable,
    commands: commands.slice(0, shown).map(({ argv, ...rest }) => ({ argv: argv.slice(0, shown), ...rest })),
  };
}
