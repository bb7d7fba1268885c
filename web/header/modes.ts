/** The modes in words: what each of them does not ask. */
import type { Mode } from '../../shared/verdict.ts';

/** A word beside the pill, and the sentence in its menu. */
export const MODES: Record<Mode, { short: string; detail: string }> = {
  plan: { short: 'Nothing is written', detail: 'Reads and answers. Nothing is written, so no write is asked.' },
  ask: {
    short: 'Every write and command asks',
    detail:
      'Reads inside the workspace are not asked, but for sensitive files. Every write and every command asks, unless a rule of yours or an answer for the session lets it pass.',
  },
  'auto-edit': {
    short: 'Ordinary edits are not asked',
    detail:
      'Edits of ordinary files are not asked. Sensitive files and what can run code still ask; protected files are never written.',
  },
};
