/** How grave an event is, in the numbers of others. */
import type { Severity } from './row.ts';

/** CEF counts from 0 to 10 (its words: 0 to 3 low, 4 to 6 medium, 7 and 8 high); OCSF has a number for each word. */
export const NUMBERS: Readonly<Record<Severity, { cef: number; ocsf: number; caption: string }>> = {
  info: { cef: 1, ocsf: 1, caption: 'Informational' },
  low: { cef: 3, ocsf: 2, caption: 'Low' },
  medium: { cef: 5, ocsf: 3, caption: 'Medium' },
  high: { cef: 8, ocsf: 4, caption: 'High' },
};
