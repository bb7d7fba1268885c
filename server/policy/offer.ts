/** Which standing rule could be made from a request, as narrow as it can be, and how far a person may widen it. Pure. */
import type { Action, CommandAction, EditAction } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import type { CommandGrant, EditGrant, GrantRule } from '../../shared/grant.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { parseGlob } from '../base/glob.ts';
import { pinsOf, type PinWanted } from './pins.ts';
import type { Rules } from './rules.ts';
import { readScript } from './script.ts';
import { coversPath, liftOf } from './standing.ts';
import type { World } from './world.ts';

export type RuleWanted = (Omit<CommandGrant, 'pins'> & { pins: PinWanted[] }) | EditGrant;

/** `open`: how many words stand as they are whatever a person edits; null where all of them do, or it is for an edit. */
export type Offer = { ok: true; rule: RuleWanted; open: number | null } | { ok: false; why: string };

const no = (why: string): Offer => ({ ok: false, why });

/** `verdict` is what was said of the action without any standing rule. */
export function offerRule(action: Action, verdict: Verdict, { rules, world }: { rules: Rules; world: World }): Offer {
  if (action.kind !== 'command' && action.kind !== 'edit') return no('Rules are made for commands and for edits.');
  if (verdict.decision !== 'prompt') return no('Nothing is asked of it.');
  if (!verdict.inspectable) return no('It cannot be read to its end.');
  const floor = verdict.reasons.find(({ decision, layer }) => decision === 'prompt' && layer !== 'default');
  if (floor) return no(`${floor.rule} asks each time: ${floor.why}`);
  return action.kind === 'edit' ? forEdit(action) : forCommand(action, rules, world);
}

function forEdit({ tool, changes }: EditAction): Offer {
  const [first] = changes;
  if (changes.length !== 1 || first === undefined) return no('It changes several files: a rule is made from one.');
  if (first.op !== 'create' && first.op !== 'modify') return no('What deletes or moves a file is asked for each time.');
  return { ok: true, rule: { kind: 'edit', tool, path: escaped(first.path) }, open: null };
}

/** As a pattern that fits this name alone. */
const escaped = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');

function forCommand({ tool, script, cwd, network, git, env }: CommandAction, rules: Rules, world: World): Offer {
  if (tool !== 'run_command' || script === '') return no('Rules are made for what run_command runs.');
  if (network.mode === 'host' || git !== 'readonly' || Object.keys(env).length > 0)
    return no('It gets more than commands usually do.');
  const read = readScript(script, { rules, standing: [], world, cwd });
  const asking = read.commands.filter(({ findings }) => findings.some(({ reason }) => reason.decision === 'prompt'));
  const [first] = asking;
  if (first === undefined) return no('None of its commands asks by itself.');
  const { exact } = first;
  if (exact === null) return no('A word, the place, the input or the output of it is only known when it runs.');
  if (asking.some((one) => JSON.stringify(one.exact) !== JSON.stringify(exact)))
    return no('Several commands of it ask: a rule is made from one.');
  const lifts = [...new Set(asking.flatMap(({ findings }) => findings.filter(asks).map(liftOf)))];
  const known = lifts.flatMap((lift) => (lift === null ? [] : [lift]));
  if (known.length < lifts.length) return no('What is asked of it is asked each time.');
  if (exact.words.length > LIMITS.ruleWords.value) return no('It has more words than a rule may name.');
  const pins = pinsOf(exact, world);
  if (!pins.ok) return no(pins.why);
  const words = exact.words.map((text) => ({ kind: 'word' as const, text }));
  const { program } = exact;
  const rule: RuleWanted = {
    kind: 'command',
    words,
    program,
    cwd: exact.cwd,
    network: network.mode,
    lifts: known,
    pins: pins.pins,
  };
  const canOpen = program === 'machine' && MAKERS.has(exact.words[0]!) && known.every((lift) => lift === 'writes');
  return { ok: true, rule, open: canOpen ? 1 : null };
}

const asks = ({ reason }: { reason: { decision: string } }) => reason.decision === 'prompt';

/** Programs that only make what is not there, and whose every word but flags is a name of it. */
const MAKERS: ReadonlySet<string> = new Set(['mkdir', 'touch']);

/** What is wrong with a rule that a person wants in place of the one that is offered; empty where nothing is. */
export function ruleProblem(wanted: GrantRule, offered: GrantRule, { action, open }: Asked): string {
  if (wanted.kind === 'edit' && offered.kind === 'edit') return editProblem(wanted, offered, action);
  if (wanted.kind === 'command' && offered.kind === 'command') return commandProblem(wanted, offered, open);
  return 'It is a rule of another kind than the request.';
}

interface Asked {
  action: Action;
  /** As in the offer. */
  open: number | null;
}

function editProblem({ tool, path }: EditGrant, offered: EditGrant, action: Action): string {
  if (tool !== offered.tool) return `The request is of the tool ${offered.tool}.`;
  if (path === offered.path) return '';
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..'))
    return 'The path is expected to be one below the workspace, such as `src/**`.';
  if (/[*?[]/.test(names[0]!))
    return 'The path is expected to begin with the name of a folder, or to be that of a file.';
  if (HIDDEN.test(path)) return 'The path holds characters that cannot be seen.';
  const paths = action.kind === 'edit' ? action.changes.map((change) => change.path) : [];
  parseGlob(path);
  return paths.every((one) => coversPath(path, one))
    ? ''
    : 'The rule does not hold for the request that it is made from.';
}

function commandProblem(wanted: CommandGrant, offered: CommandGrant, open: number | null): string {
  const { words, ...rest } = wanted;
  const { words: own, ...ownRest } = offered;
  if (canonical(rest) !== canonical(ownRest))
    return 'The place, the network, what it answers or what it is pinned to is not that of the request as it stands now.';
  const isOpen = words.at(-1)?.kind === 'rest';
  if (words.slice(0, -1).some(({ kind }) => kind === 'rest')) return '`**` is expected as the last word.';
  const count = isOpen ? words.length - 1 : words.length;
  if (isOpen ? count > own.length : count !== own.length) return 'It has other words than the request.';
  for (const [i, word] of words.entries()) {
    const asked = own[i];
    if (word.kind === 'word' && asked?.kind === 'word' && word.text === asked.text) continue;
    if (word.kind === 'word') return 'It has other words than the request.';
    if (open === null) return 'For this program only the exact words are permitted.';
    if (i < open) return 'The program is expected as it is.';
    if (asked?.kind === 'word' && asked.text.startsWith('-')) return 'A flag is expected as it is.';
  }
  const left = own.slice(count);
  return left.some((word) => word.kind === 'word' && word.text.startsWith('-')) ? 'A flag is expected as it is.' : '';
}

const HIDDEN = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u;
