/** How wide the rail and the side stand, and how high the sessions: set by the person, remembered by this browser. */
import { MediaQuery } from 'svelte/reactivity';
import { numberPref, writePref } from '../lib/prefs.ts';

export const BOUNDS = {
  rail: { min: 200, max: 480, otherwise: 256 },
  side: { min: 280, max: 880, otherwise: 432 },
  sessions: { min: 120, max: 720, otherwise: 340 },
} as const;
export type Measure = keyof typeof BOUNDS;

export class Layout {
  #sizes = $state({
    rail: numberPref('width.rail', BOUNDS.rail),
    side: numberPref('width.side', BOUNDS.side),
    sessions: numberPref('height.sessions', BOUNDS.sessions),
  });
  /** One column: what is shown is then the main part of the page, whatever it is elsewhere. */
  readonly narrow = new MediaQuery('(max-width: 54.94em)');
  /** What of the folded rail lies open over the page, between 880 and 1199 pixels. */
  drawer: 'none' | 'sessions' | 'files' = $state('none');

  size(of: Measure): number {
    return this.#sizes[of];
  }

  set(of: Measure, size: number): void {
    const { min, max } = BOUNDS[of];
    this.#sizes[of] = Math.round(Math.max(min, Math.min(max, size)));
    writePref(`${of === 'sessions' ? 'height' : 'width'}.${of}`, String(this.#sizes[of]));
  }
}
