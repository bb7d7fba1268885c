/** The questions that a standing rule answers, in words. */
import type { GrantLift } from '../../shared/grant.ts';

export const LIFT_WORDS: Record<GrantLift, string> = {
  writes: 'that it changes files of the workspace',
  runs: 'that it runs what the repository holds',
  'unknown-program': 'that nothing is known of the program',
  network: 'that it would reach a network',
  system: 'that it changes more than files',
  outside: 'that it looks outside the workspace',
  unclear: 'that one of its words is not understood',
};
