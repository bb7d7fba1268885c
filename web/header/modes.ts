/** The modes in words: what each of them does not ask. */
import type { Mode } from '../../shared/verdict.ts';

/** A word beside the pill, and the sentence in its menu. */
export const MODES: Record<Mode, { short: string; detail: string }> = {
  plan: { short: 'Nothing is written', detail: 'Reads and answers. Nothing is written, so nothing is asked.' },
  ask: {
    short: 'Every write asks',
    detail: 'Reads inside the workspace are not asked. Every write asks, and so does a sensitive file.',
  },
  'auto-edit': {
    short: 'Ordinary edits are not asked',
    detail: 'Edits of ordinary files are not asked. Protected and sensitive files and what can run code still ask.',
  },
};
