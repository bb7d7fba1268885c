/** What the model is told of a command: how it ended, what it printed, and why it may have been denied something. */
import { constants } from 'node:os';
import type { CommandAction } from '../../shared/action.ts';
import { visible } from '../base/visible.ts';
import type { Finding } from '../sandbox/sandbox.ts';
import type { Ended, Uncovered } from './exec.ts';
import { hintsFor } from './hints.ts';
import type { Output } from './output.ts';
import { plainText } from './plain.ts';
import type { Refusal } from './proxy/traffic.ts';

/** What a command left behind: put away where something else would have run it, emptied where it was too much. */
export interface Left {
  findings: Finding[];
  emptied: string;
}

export const NOTHING_LEFT: Left = { findings: [], emptied: '' };

export interface Told {
  action: CommandAction;
  ended: Ended;
  output: Output;
  left: Left;
  /** Hash of the blob that holds the beginning of a long output; empty where all of it is told. */
  blob: string;
  /** Hosts that it asked for and did not reach. */
  refusals: Refusal[];
}

export function wordsOf({ action, ended, output, left, blob, refusals }: Told): string {
  const text = ended.uncovered?.isSecret === true ? WITHHELD : outputWords(output, blob);
  const hints = ended.code === 0 ? [] : hintsFor(action, text);
  return [
    endWords(action, ended),
    text,
    ...hints.map((hint) => `[sandbox] ${hint}`),
    ...refusals.map(refusalWords),
    ...leftWords(left),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** In place of what it printed: the command may have read a secret in the moment before it was ended. */
export const WITHHELD = 'What it printed is not passed on: it may hold what no command is to see.';

export function endWords({ limits }: CommandAction, ended: Ended): string {
  const after = `after ${(ended.durationMs / 1000).toFixed(1)} s`;
  if (ended.uncovered !== null) return `Ended by the sandbox ${after}: ${uncoveredWords(ended.uncovered)}`;
  if (ended.timedOut)
    return `Stopped ${after}: it may run for ${limits.wallMs / 1000} s. Ask for more with timeoutMs, or run it in the background.`;
  if (ended.overflowed)
    return `Stopped ${after}: it printed more than ${limits.outputBytes} bytes. Write long output into a file.`;
  if (ended.stopped) return `Stopped ${after}. What it did until then stands.`;
  if (ended.code === null) return `Ended by ${ended.signal} ${after}.`;
  return `Exit code ${ended.code}${signalWords(ended.code)} ${after}.`;
}

/** An edit that was allowed replaces a file as an editor does. */
export const uncoveredWords = ({ path, isSecret }: Uncovered): string =>
  `${visible(path)}, which no command may ${isSecret ? 'see' : 'change'}, was replaced or moved outside while this one ran (an edit or a save does that), and was no longer covered. What it did until then stands. It can be run again.`;

/** Shells and the launcher tell of a signal as 128 + its number. */
function signalWords(code: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? '' : ` (as for ${name})`;
}

function outputWords(output: Output, blob: string): string {
  const { head, tail } = output.ends();
  if (tail === null) return head.text === '' ? 'It printed nothing.' : plainText(head.text);
  const kept = blob === '' ? '' : `; the first ${output.whole().length} are in the record as ${blob}`;
  const left = `[${tail.from - head.to} of ${output.bytes()} bytes left out here${kept}]`;
  return `${plainText(head.text)}\n${left}\n${plainText(tail.text)}`;
}

const refusalWords = ({ shown, why }: Refusal): string =>
  `[network] ${visible(shown)} was not reached: ${visible(why)}`;

/** What the look afterwards found, in its words: they say what became of it. */
export const leftWords = ({ findings, emptied }: Left): string[] => [
  ...findings.map(({ path, why }) => `[sandbox] left behind: ${visible(path)}: ${why}`),
  ...(emptied === '' ? [] : [`[sandbox] ${emptied}`]),
];
