/** The modes: what each lets run, which is the stricter, and which may be chosen here. */
import type { Mode } from '../../shared/verdict.ts';
import { Fault } from '../base/fault.ts';
import type { Settings } from './settings.ts';

interface ModeFact {
  mode: Mode;
  available: boolean;
  why: string;
}

export const MODES: { mode: Mode; words: string }[] = [
  { mode: 'plan', words: 'The agent reads and answers; it changes nothing.' },
  { mode: 'ask', words: 'Every write asks, and every command that does more than read.' },
  {
    mode: 'auto-edit',
    words: 'Writes inside the workspace run without asking, except those that could run code later.',
  },
  {
    mode: 'contained',
    words:
      'Edits and commands run without asking while the sandbox is whole and has no network. What could run code later, secrets, and what cannot be read through still ask.',
  },
];

export function refuseUnavailable({ mode, available, why }: ModeFact): void {
  if (available) return;
  throw new Fault({ status: 409, code: 'mode_not_available', message: `Mode ${mode} is not available: ${why}` });
}

/** A higher number lets more run. */
export const LOOSENESS: Record<Mode, number> = { plan: 0, ask: 1, 'auto-edit': 2, contained: 3 };

export const strictestMode = (a: Mode, b: Mode): Mode => (LOOSENESS[a] <= LOOSENESS[b] ? a : b);

export function refuseLooser(mode: Mode, settings: Settings): void {
  const { value, origin } = settings.loosestMode;
  if (LOOSENESS[mode] <= LOOSENESS[value]) return;
  throw new Fault({
    status: 403,
    code: 'mode_forbidden',
    message: `Mode ${mode} is not allowed here: ${origin.source} allows nothing looser than ${value}.`,
    hint: `Start with --mode ${value}, or one that is stricter.`,
  });
}

/** Whether a mode may be chosen now; `why` says why not, or in words what it lets run. */
export function availability(mode: Mode, { trusted, settings }: { trusted: boolean; settings: Settings }): ModeFact {
  const { value, origin } = settings.loosestMode;
  if (LOOSENESS[mode] > LOOSENESS[value])
    return { mode, available: false, why: `${origin.source} allows nothing looser than ${value}.` };
  if (!trusted && mode !== 'plan') return { mode, available: false, why: 'The workspace is not trusted.' };
  return { mode, available: true, why: MODES.find((one) => one.mode === mode)?.words ?? '' };
}
