/** What is wrong with a file of records: where, what, and what to do about it. */
import { Fault } from '../../base/fault.ts';
import { visible } from '../../base/visible.ts';

export interface FileProblem {
  /** As the person would name it. */
  file: string;
  /** From 1. */
  line: number;
  message: string;
  hint: string;
}

/** How many of them one message tells. */
const TOLD = 5;

/** All of them as one refusal; `file:line` first in each line, so that an editor can go there. */
export function refusal(problems: readonly FileProblem[], code: string): Fault {
  const told = problems.slice(0, TOLD).map(({ file, line, message }) => `${visible(file, 500)}:${line}: ${message}`);
  const more = problems.length > TOLD ? [`and ${problems.length - TOLD} more`] : [];
  const hints = [...new Set(problems.slice(0, TOLD).map(({ hint }) => hint))];
  return new Fault({ status: 422, code, message: [...told, ...more].join('\n'), hint: hints.join('\n') });
}
