/** A step with each of its texts masked, and cut where it is too long: masked first, so that no cut leaves half a secret. */
import { LIMITS } from '../../shared/limits.ts';
import type { ShareChange, ShareStep } from '../../shared/share.ts';
import { partOf } from '../base/text.ts';
import type { Redaction } from '../store/redaction.ts';
import type { RawStep } from './steps.ts';

/** Field by field: one that is not named here is not in the answer. */
export function maskStep(step: RawStep, mask: Pick<Redaction, 'text' | 'parts'>): ShareStep {
  const text = (whole: string) => cut(mask.text(whole));
  switch (step.kind) {
    case 'owner':
    case 'thought':
      return { kind: step.kind, at: step.at, text: text(step.text) };
    case 'model':
      // What one piece begins the next may end: they are looked at without a gap, then as they will stand.
      return { kind: 'model', at: step.at, model: text(step.model), text: text(mask.parts(step.parts).join('\n\n')) };
    case 'plan':
      return {
        kind: 'plan',
        at: step.at,
        steps: step.steps.map((one) => ({ text: text(one.text), state: one.state })),
      };
    case 'notice':
      return { kind: 'notice', at: step.at, what: step.what };
    case 'tool': {
      const { kind, at, verb, state, by, answer, landed, hunks, code, durationMs } = step;
      return {
        ...{ kind, at, verb, target: text(step.target), state, by, answer, words: text(step.words) },
        changes: step.changes.map((change) => maskChange(change, mask)),
        ...{ landed, hunks, output: step.output === null ? null : text(step.output), code, durationMs },
      };
    }
  }
}

function maskChange(change: ShareChange, mask: Pick<Redaction, 'text' | 'parts'>): ShareChange {
  const { op, added, removed, left } = change;
  const count = change.hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const isLong = count > LIMITS.shareDiffLines.value;
  const hunks = isLong ? [] : change.hunks;
  return {
    ...{ op, path: mask.text(change.path), from: mask.text(change.from), added, removed },
    hunks: hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
      ...{ oldStart, oldLines, newStart, newLines, lines: maskLines(lines, mask) },
    })),
    left: isLong ? 'long' : left,
  };
}

/** Without their signs, so that what goes over several lines is one text. */
function maskLines(lines: readonly string[], mask: Pick<Redaction, 'parts'>): string[] {
  const bare = lines.flatMap((line, i) => (i === 0 ? [line.slice(1)] : ['\n', line.slice(1)]));
  return mask
    .parts(bare)
    .filter((_, i) => i % 2 === 0)
    .map((line, i) => lines[i]!.slice(0, 1) + cut(line, LIMITS.lineChars.value));
}

function cut(text: string, most = LIMITS.shareTextChars.value): string {
  return text.length <= most ? text : `${partOf(text, 0, most)}\n[cut: ${text.length - most} characters more]`;
}
