/** What a viewer has before them: the steps that came, how far of them is shown, and whether the share still stands. */
import type { ShareFacts, ShareStep } from '../../shared/share.ts';
import type { Link } from './link.ts';
import { follow } from '../lib/share-source.ts';

/** Between two steps of a replay. */
const PLAY_MS = 900;

export class ViewingState {
  facts: ShareFacts | null = $state.raw(null);
  steps: readonly ShareStep[] = $state.raw([]);
  masked = $state(0);
  phase: 'opening' | 'open' | 'ended' = $state('opening');
  /** Whether the stream stands. */
  isConnected = $state(false);
  isPlaying = $state(false);
  /** Steps that are shown; null: all of them, and what comes. */
  #at: number | null = $state(null);

  readonly #link: Link | null;

  /** `link` is null where it was not whole: nothing is read then. */
  constructor(link: Link | null) {
    this.#link = link;
  }

  /** Reads until the answer is called. */
  start(): () => void {
    if (this.#link === null) return () => undefined;
    return follow(this.#link, {
      onFacts: (facts) => {
        this.facts = facts;
        this.masked = facts.masked;
        this.phase = 'open';
      },
      onSteps: (steps) => (this.steps = [...this.steps, ...steps]),
      onReady: (masked) => (this.masked = masked),
      onLine: (isThere) => (this.isConnected = isThere),
      onEnded: () => this.#end(),
    });
  }

  get count(): number {
    return this.steps.length;
  }

  get at(): number {
    return Math.min(this.#at ?? this.count, this.count);
  }

  /** Goes to a step; at the last one, it goes on with what comes. */
  go(to: number): void {
    const place = Math.max(Math.min(1, this.count), Math.min(to, this.count));
    this.#at = place === this.count ? null : place;
    if (this.#at === null) this.isPlaying = false;
  }

  /** From the beginning where all is shown already. */
  play(): void {
    if (this.count < 2) return;
    if (this.at === this.count) this.go(1);
    this.isPlaying = true;
  }

  /** For an effect: steps on while it plays. */
  tick(): () => void {
    const timer = setInterval(() => this.go(this.at + 1), PLAY_MS);
    return () => clearInterval(timer);
  }

  /** What was shown goes too: who keeps the page open keeps nothing. */
  #end(): void {
    this.phase = 'ended';
    this.facts = null;
    this.steps = [];
    this.isPlaying = false;
    this.isConnected = false;
  }
}
