/** What the policy's page has read: the rules, the person's own, one command tried, another policy tried. */
import type { Grant } from '../../shared/grant.ts';
import type { GrantId, SessionId } from '../../shared/ids.ts';
import type { Checked, PolicyReport, Simulated } from '../../shared/policy-api.ts';
import { failureFrom, type Api } from '../lib/api.ts';

/** One thing that is asked of the server: what came, and why not where nothing came. */
export class Asked<T> {
  value: T | null = $state.raw(null);
  failed = $state('');
  busy = $state(false);
  #turn = 0;

  /** Never throws. The answer to an older question does not take the place of that to a newer one. */
  async ask(call: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const value = await call();
      if (turn !== this.#turn) return;
      this.value = value;
      this.failed = '';
    } catch (error) {
      if (turn !== this.#turn) return;
      const { message, hint } = failureFrom(error);
      this.failed = `${message} ${hint}`.trim();
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

export class Desk {
  readonly report = new Asked<PolicyReport>();
  readonly grants = new Asked<Grant[]>();
  readonly checked = new Asked<Checked>();
  readonly simulated = new Asked<Simulated>();
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  read(): void {
    void this.report.ask(() => this.#api.call('policy'));
    void this.grants.ask(async () => (await this.#api.call('grants')).grants);
  }

  /** Throws an ApiFailure: 409 where it was taken away before. */
  async revoke(id: GrantId): Promise<void> {
    await this.#api.command('revokeGrant', { params: { id } });
  }

  check(script: string): Promise<void> {
    return this.checked.ask(() => this.#api.call('checkPolicy', { body: { script } }));
  }

  simulate(policy: string, session: SessionId | null): Promise<void> {
    return this.simulated.ask(() => this.#api.call('simulatePolicy', { body: { policy, session } }));
  }
}
