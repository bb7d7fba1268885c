/** A standing rule while a person makes it on a card: as it is offered, then as they edit it; the server says what each comes to. */
import { digestOf } from '../../shared/action.ts';
import type { GrantReach, GrantRule, GrantWish } from '../../shared/grant.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import { failureFrom, type Api } from '../lib/api.ts';

const DAY = 24 * 60 * 60_000;
export const SPANS = [
  { days: '1', label: '1 day' },
  { days: '7', label: '7 days' },
  { days: '30', label: '30 days' },
  { days: '90', label: '90 days' },
] as const;
export type Days = (typeof SPANS)[number]['days'];

export class Ruling {
  /** As it would be made; null until the server has offered one. */
  wish: GrantWish | null = $state.raw(null);
  digest = $state('');
  open: number | null = $state(null);
  /** Commands of the same script that go on to ask. */
  others: readonly string[] = $state.raw([]);
  /** Why it may not be made so, or at all; empty where it may. */
  problem = $state('');
  reach: GrantReach | null = $state.raw(null);
  /** What stands here is what the server has looked at, and this page has found to be what the digest names. */
  settled = $state(false);

  readonly #api: Api;
  readonly #id: ApprovalId;
  #asking: AbortController | null = null;

  constructor(id: ApprovalId, api: Api) {
    this.#id = id;
    this.#api = api;
    void this.#ask(null);
  }

  close(): void {
    this.#asking?.abort();
  }

  get canMake(): boolean {
    return this.settled && this.wish !== null && this.problem === '';
  }

  change(rule: GrantRule): void {
    if (this.wish) void this.#ask({ ...this.wish, rule });
  }

  scope(scope: GrantWish['scope']): void {
    if (this.wish) void this.#ask({ ...this.wish, scope });
  }

  span(days: Days): void {
    if (this.wish) void this.#ask({ ...this.wish, until: new Date(Date.now() + Number(days) * DAY).toISOString() });
  }

  async #ask(wish: GrantWish | null): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.settled = false;
    if (wish !== null) this.wish = wish;
    try {
      const call = { params: { id: this.#id }, body: { wish }, signal: asking.signal };
      const told = await this.#api.call('previewRule', call);
      if (asking.signal.aborted) return;
      if (told.kind === 'none') return void (this.problem = told.why);
      const own = await digestOf(told.wish);
      if (asking.signal.aborted) return;
      ({ open: this.open, others: this.others, problem: this.problem, reach: this.reach, digest: this.digest } = told);
      this.wish = told.wish;
      if (own !== told.digest) this.problem = 'The digest is not that of what is shown here.';
      this.settled = true;
    } catch (error) {
      if (!asking.signal.aborted) this.problem = failureFrom(error).message;
    }
  }
}
