/** The trust question: whether it stands, what it is about, and the two answers. */
import type { TrustFile, TrustReport } from '../../shared/trust.ts';
import { ApiFailure, failureFrom } from '../lib/api.ts';
import type { App } from '../lib/app.svelte.ts';
import { readPref, writePref } from '../lib/prefs.ts';
import { difference } from './difference.ts';

const KEY = 'stay-untrusted';

export class TrustQuestion {
  report: TrustReport | null = $state.raw(null);
  failure: ApiFailure | null = $state.raw(null);
  /** What is another than when the person was asked; empty while nothing is. */
  changed: string[] = $state.raw([]);
  answering = $state(false);

  readonly #app: App;
  /** For which login and which reason the person said that it stays untrusted. */
  #stayed = $state(readPref(KEY) ?? '');
  #reopened = $state(false);

  constructor(app: App) {
    this.#app = app;
  }

  readonly #case = $derived.by(() => {
    const info = this.#app.workspace.info;
    return info === null ? '' : `${info.login} ${info.trust.reason}`;
  });

  /** True while the question takes the place of the desk. */
  readonly asked = $derived.by(() => {
    const info = this.#app.workspace.info;
    if (info === null) return false;
    if (info.trust.trusted) return this.#reopened;
    return this.#reopened || this.#stayed !== this.#case;
  });

  reopen(): void {
    this.#reopened = true;
  }

  /** Reads what trust would be given to. Never throws. */
  async read(): Promise<void> {
    try {
      this.report = await this.#app.api.call('trust');
      this.failure = null;
    } catch (error) {
      this.failure = failureFrom(error);
    }
  }

  /** Trusts exactly what was shown. Where that is no longer what stands there, shows what does, and asks again. */
  async trust(): Promise<void> {
    const shown = this.report;
    if (shown === null || this.answering) return;
    this.answering = true;
    try {
      await this.#app.api.command('giveTrust', { body: { digest: shown.digest } });
      this.#reopened = false;
      this.changed = [];
      await this.#app.workspace.load();
    } catch (error) {
      const failure = failureFrom(error);
      if (failure.status === 409) await this.#again(shown.files);
      else this.failure = failure;
    } finally {
      this.answering = false;
    }
  }

  /** Leaves it as it is: a place untrusted, or what changed in a trusted one. */
  stay(): void {
    this.#stayed = this.#case;
    this.#reopened = false;
    writePref(KEY, this.#stayed);
  }

  async #again(before: TrustFile[]): Promise<void> {
    await this.read();
    this.changed = difference(before, this.report?.files ?? []);
  }
}
