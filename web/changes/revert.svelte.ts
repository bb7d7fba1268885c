/** A revert on its way: looked at, then pressed under the digest of what was shown; looked at anew where that does not hold any more. */
import type { Response } from '../../shared/api.ts';
import type { RevertWish } from '../../shared/changes-api.ts';
import { failureFrom, type Api } from '../lib/api.ts';

export interface Asked {
  /** What it is of, as a title: `this turn`, `src/a.ts`. */
  what: string;
  /** An earlier revert is taken back. */
  undo: boolean;
  wish: RevertWish;
}

export class Reverting {
  seen: Response<'previewRevert'> | null = $state.raw(null);
  /** Why it was not done, or could not be looked at; empty while all is well. */
  said = $state('');
  busy = $state(true);
  readonly asked: Asked;
  readonly #api: Api;

  constructor(api: Api, asked: Asked) {
    this.#api = api;
    this.asked = asked;
    void this.#look();
  }

  /** True once it is done. Never throws: a refusal is said, and what would be done now is shown. */
  async press(): Promise<boolean> {
    const digest = this.seen?.digest;
    if (this.busy || digest === null || digest === undefined) return false;
    this.busy = true;
    try {
      await this.#api.command('revert', { body: { ...this.asked.wish, digest } });
      return true;
    } catch (error) {
      const { message, hint } = failureFrom(error);
      await this.#look();
      this.said = `${message} ${hint}`.trim();
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #look(): Promise<void> {
    this.busy = true;
    this.said = '';
    try {
      this.seen = await this.#api.call('previewRevert', { body: this.asked.wish });
    } catch (error) {
      const { message, hint } = failureFrom(error);
      this.seen = null;
      this.said = `${message} ${hint}`.trim();
    }
    this.busy = false;
  }
}
