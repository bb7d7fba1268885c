/** Whether a standing rule of the person holds for an edit, for a host, or for one command of a script: never for more than it shows. */
import type { ConnectAction, EditAction } from '../../shared/action.ts';
import { type CommandGrant, GrantLift, grantPlace, grantText, type GrantWord } from '../../shared/grant.ts';
import type { Reason } from '../../shared/verdict.ts';
import { fits, parseGlob } from '../base/glob.ts';
import type { Finding } from './findings.ts';
import { NO_PATH } from './findings.ts';
import type { Standing } from './rules.ts';

/** A command all of which is known before it runs: every word, where it runs, and that nothing is fed to it. */
export interface Exact {
  words: readonly string[];
  /** Where the program stands; `path` of one in the workspace, else empty. */
  program: 'machine' | 'workspace';
  path: string;
  /** Relative to the workspace. */
  cwd: string;
}

/** The rule that answers all that is asked of an edit; null where none does. */
export function standingForEdit(action: EditAction, standing: readonly Standing[]): Reason | null {
  const found = standing.find(
    ({ rule }) =>
      rule.kind === 'edit' &&
      rule.tool === action.tool &&
      action.changes.every(({ op, path }) => (op === 'create' || op === 'modify') && coversPath(rule.path, path)),
  );
  return found === undefined ? null : reasonOf(found);
}

/** The rule that answers for a host; null where none does. Terminals ask each time: nobody but their person is there. */
export function standingForHost({ tool, host, port }: ConnectAction, standing: readonly Standing[]): Reason | null {
  const found = standing.find(
    ({ rule }) => tool === 'connect' && rule.kind === 'connect' && rule.host === host && rule.port === port,
  );
  return found === undefined ? null : reasonOf(found);
}

/** Letter by letter: a rule for `src/**` holds below that very folder, whatever else a file system calls the same. */
export const coversPath = (pattern: string, path: string): boolean => fits(parseGlob(pattern), path.split('/'));

/**
 * Takes from what was found of one command the questions that a rule answers. They are all answered by one rule, or none is:
 * two narrow rules do not make a wide one.
 */
export function answered(found: readonly Finding[], exact: Exact, standing: readonly Standing[]): Finding[] {
  const asks = found.filter(asksOfOurs);
  if (asks.length === 0) return [...found];
  const lifts = asks.map(liftOf);
  const rule = standing.find(
    ({ rule: one }) =>
      one.kind === 'command' &&
      coversCommand(one, exact) &&
      lifts.every((lift) => lift !== null && one.lifts.includes(lift)),
  );
  if (rule === undefined) return [...found];
  return [...found.filter((one) => !asksOfOurs(one)), { rank: 'grant', reason: reasonOf(rule) }];
}

const asksOfOurs = ({ rank, reason }: Finding): boolean => rank === 'default' && reason.decision === 'prompt';

/** Which of the questions it is that a rule can answer; null for one that none can. */
export function liftOf({ reason }: Finding): GrantLift | null {
  const lift = GrantLift.safeParse(reason.rule.replace(/^command\./, ''));
  return lift.success ? lift.data : null;
}

export function coversCommand(rule: CommandGrant, exact: Exact): boolean {
  if (rule.program !== exact.program || rule.cwd !== exact.cwd) return false;
  if (exact.program === 'workspace' && !rule.pins.some(({ path }) => path === exact.path)) return false;
  return coversWords(rule.words, exact.words);
}

export function coversWords(words: readonly GrantWord[], given: readonly string[]): boolean {
  const isOpen = words.at(-1)?.kind === 'rest';
  const named = isOpen ? words.slice(0, -1) : words;
  if (isOpen ? given.length < named.length : given.length !== named.length) return false;
  const fitsNamed = named.every((word, i) => (word.kind === 'word' ? word.text === given[i] : !isFlag(given[i]!)));
  return fitsNamed && !given.slice(named.length).some(isFlag);
}

/** What stands for any word stands for none that could be a flag. */
const isFlag = (word: string): boolean => word.startsWith('-');

const reasonOf = ({ id, rule }: Standing): Reason => ({
  rule: `grant/${id}`,
  layer: 'grant',
  source: 'grants',
  decision: 'allow',
  why: `Your rule lets this run: ${[grantText(rule), grantPlace(rule)].filter(Boolean).join(', ')}.`,
  about: NO_PATH,
});
