/** How grave an event is, in the numbers of others. */
import type { Severity } from './row.ts';

/**
 * CEF counts from 0 to 10 (its words: 0 to 3 low, 4 to 6 medium, 7 and 8 high); OCSF has a number for each word; OTLP has INFO at 9, INFO2
 * (a notice) at 10, WARN at 13 and ERROR at 17: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 */
export const NUMBERS: Readonly<Record<Severity, { cef: number; ocsf: number; otlp: number; caption: string }>> = {
  info: { cef: 1, ocsf: 1, otlp: 9, caption: 'Informational' },
  low: { cef: 3, ocsf: 2, otlp: 10, caption: 'Low' },
  medium: { cef: 5, ocsf: 3, otlp: 13, caption: 'Medium' },
  high: { cef: 8, ocsf: 4, otlp: 17, caption: 'High' },
};
