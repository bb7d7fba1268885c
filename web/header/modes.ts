/** The modes in words: what each of them does not ask. */
import type { Mode } from '../../shared/verdict.ts';

/** A word beside the pill, and the sentence in its menu. */
export const MODES: Record<Mode, { short: string; detail: string }> = {
  plan: { short: 'Nothing is written', detail: 'Reads and answers. Nothing is written, so no write is asked.' },
  ask: {
    short: 'Writes and most commands ask',
    detail:
      'Reads inside the workspace are not asked, but for sensitive files. Every write asks, and every command that does more than read, unless a rule of yours or an answer for the session lets it pass.',
  },
  'auto-edit': {
    short: 'Ordinary edits are not asked',
    detail:
      'Edits of ordinary files are not asked. Sensitive files and what can run code still ask; protected files are never written.',
  },
  contained: {
    short: 'The sandbox holds what runs',
    detail:
      'Ordinary edits and commands are not asked while the sandbox is whole and without a network. Secrets, what can run code later and scripts that cannot be read through still ask.',
  },
};
