/** Carries out an action, for a permit, once. The only door to the world; what it opens on is given at start. */
import { digest as digestOf } from '../base/hash.ts';
import type { Action, EditAction, Outcome, ReadAction } from '../../shared/action.ts';

/** What came of an action: the fact for the record, and the text for who asked. */
export interface Performed {
  outcome: Outcome;
  content: string;
}

/** Never throws for what can be expected of a file system: that is an Outcome. */
export interface Performers {
  read(action: ReadAction, signal: AbortSignal): Promise<Performed>;
  edit(action: EditAction, signal: AbortSignal): Promise<Performed>;
}

/** Proof that one action may run once. Only the mint that `createRunner` hands to the gate makes one. */
export interface Permit {
  readonly action: Exclude<Action, { kind: 'question' }>;
  readonly digest: string;
}

export interface Runner {
  perform(permit: Permit, signal: AbortSignal): Promise<Performed>;
}

export type Mint = (action: Permit['action'], digest: string) => Permit;

export function createRunner(performers: Performers): { runner: Runner; mint: Mint } {
  const live = new WeakSet<Permit>();
  const mint: Mint = (action, digest) => {
    if (digestOf(action) !== digest) throw new Error('mint: the digest is not that of the action');
    const permit = Object.freeze({ action, digest });
    live.add(permit);
    return permit;
  };
  const runner: Runner = {
    async perform(permit, signal) {
      if (!live.delete(permit)) throw new Error('perform: this permit was not minted here, or was used before');
      if (signal.aborted) return stopped();
      switch (permit.action.kind) {
        case 'read':
          return performers.read(permit.action, signal);
        case 'edit':
          return performers.edit(permit.action, signal);
      }
    },
  };
  return { runner, mint };
}

const stopped = (): Performed => ({
  outcome: { status: 'stopped', message: 'Stopped before it ran; nothing was done.' },
  content: 'Stopped before it ran; nothing was done.',
});
