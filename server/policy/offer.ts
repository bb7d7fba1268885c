/** Which standing rule could be made from a request, as narrow as it can be, and how far a person may widen it. Pure. */
import type { Action, CommandAction, ConnectAction, EditAction } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import type { CommandGrant, ConnectGrant, EditGrant, GrantRule } from '../../shared/grant.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { parseGlob } from '../base/glob.ts';
import { pinsOf, type PinWanted } from './pins.ts';
import type { Rules, Standing } from './rules.ts';
import { type Judged, readScript } from './script.ts';
import { coversPath, liftOf } from './standing.ts';
import type { World } from './world.ts';

export type RuleWanted = (Omit<CommandGrant, 'pins'> & { pins: PinWanted[] }) | EditGrant | ConnectGrant;

/**
 * `open`: how many words stand as they are whatever a person edits; null where all of them do, or it is for no command. `others`: what else
 * of the same script asks, and goes on to ask.
 */
export type Offer = { ok: true; rule: RuleWanted; open: number | null; others: string[] } | { ok: false; why: string };

const no = (why: string): Offer => ({ ok: false, why });

interface Given {
  rules: Rules;
  world: World;
  /** Rules that the person has made before: what one of them answers needs no other. */
  standing: readonly Standing[];
}

/** `verdict` is what was said of the action with these standing rules, in mode ask. */
export function offerRule(action: Action, verdict: Verdict, given: Given): Offer {
  if (action.kind !== 'command' && action.kind !== 'edit' && action.kind !== 'connect')
    return no('Rules are made for commands, for edits and for hosts.');
  if (verdict.decision !== 'prompt') return no('Nothing is asked of it.');
  if (!verdict.inspectable) return no('It cannot be read to its end.');
  const floor = verdict.reasons.find(({ decision, layer }) => decision === 'prompt' && layer !== 'default');
  if (floor) return no(`${floor.rule} asks each time: ${floor.why}`);
  switch (action.kind) {
    case 'edit':
      return forEdit(action);
    case 'connect':
      return forHost(action);
    case 'command':
      return forCommand(action, given);
  }
}

function forHost({ tool, host, port }: ConnectAction): Offer {
  if (tool !== 'connect') return no('What a terminal asks for is asked each time.');
  if (host.length > LIMITS.ruleWordChars.value) return no('Its name is longer than a rule may name.');
  return { ok: true, rule: { kind: 'connect', host, port }, open: null, others: [] };
}

function forEdit({ tool, changes }: EditAction): Offer {
  const [first] = changes;
  if (changes.length !== 1 || first === undefined) return no('It changes several files: a rule is made from one.');
  if (first.op !== 'create' && first.op !== 'modify') return no('What deletes or moves a file is asked for each time.');
  return { ok: true, rule: { kind: 'edit', tool, path: escaped(first.path) }, open: null, others: [] };
}

/** As a pattern that fits this name alone. */
const escaped = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');

function forCommand({ tool, script, cwd, network, git, env }: CommandAction, given: Given): Offer {
  if (tool !== 'run_command' || script === '') return no('Rules are made for what run_command runs.');
  const { mode } = network;
  if (mode === 'host' || git !== 'readonly' || Object.keys(env).length > 0)
    return no('It gets more than commands usually do.');
  const standing = given.standing.filter(({ rule }) => rule.kind === 'command' && rule.network === mode);
  const read = readScript(script, { ...given, standing, cwd });
  const asking = alike(read.commands.filter(({ findings }) => findings.some(asks)));
  if (asking.length === 0) return no('None of its commands asks by itself.');
  const offers = asking.map((same) => forOne(same, mode, given.world));
  const chosen = offers.findIndex((offer) => offer.ok && isOfUse(offer, asking.length));
  if (chosen < 0) return offers.find((offer) => !offer.ok) ?? no(PINNED);
  const others = asking.flatMap(([one], i) => (i === chosen ? [] : [one!.argv.join(' ')]));
  return { ...offers[chosen]!, others } as Offer;
}

/** What is pinned to files does not hold beside commands that could change them. */
const isOfUse = ({ rule }: Extract<Offer, { ok: true }>, count: number): boolean =>
  count === 1 || rule.kind !== 'command' || rule.pins.length === 0;

const PINNED = 'Several commands of it ask, and could change what a rule would be held to.';

/** The same command several times is one. */
function alike(commands: readonly Judged[]): Judged[][] {
  const groups = new Map<string, Judged[]>();
  for (const [i, command] of commands.entries()) {
    const key = command.exact === null ? String(i) : JSON.stringify(command.exact);
    groups.set(key, [...(groups.get(key) ?? []), command]);
  }
  return [...groups.values()];
}

function forOne(same: readonly Judged[], network: CommandGrant['network'], world: World): Offer {
  const { exact } = same[0]!;
  if (exact === null) return no('A word, the place, the input or the output of it is only known when it runs.');
  const lifts = [...new Set(same.flatMap(({ findings }) => findings.filter(asks).map(liftOf)))];
  const known = lifts.flatMap((lift) => (lift === null ? [] : [lift]));
  if (known.length < lifts.length) return no('What is asked of it is asked each time.');
  if (exact.words.length > LIMITS.ruleWords.value) return no('It has more words than a rule may name.');
  const pins = pinsOf(exact, world);
  if (!pins.ok) return no(pins.why);
  const words = exact.words.map((text) => ({ kind: 'word' as const, text }));
  const { program, cwd } = exact;
  const rule: RuleWanted = { kind: 'command', words, program, cwd, network, lifts: known, pins: pins.pins };
  const canOpen = program === 'machine' && MAKERS.has(exact.words[0]!) && known.every((lift) => lift === 'writes');
  return { ok: true, rule, open: canOpen ? 1 : null, others: [] };
}

const asks = ({ reason }: { reason: { decision: string } }) => reason.decision === 'prompt';

/** Programs that only make what is not there, and whose every word but flags is a name of it. */
const MAKERS: ReadonlySet<string> = new Set(['mkdir', 'touch']);

/** What is wrong with a rule that a person wants in place of the one that is offered; empty where nothing is. */
export function ruleProblem(wanted: GrantRule, offered: GrantRule, { action, open }: Asked): string {
  if (wanted.kind === 'edit' && offered.kind === 'edit') return editProblem(wanted, offered, action);
  if (wanted.kind === 'command' && offered.kind === 'command') return commandProblem(wanted, offered, open);
  if (wanted.kind === 'connect' && offered.kind === 'connect')
    return canonical(wanted) === canonical(offered) ? '' : 'The request is for another host, or another port.';
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
