/** A list of alike requests while it is answered: the ticks, the check of each digest, each answer sent by itself. */
import type { PendingApproval } from '../../shared/api.ts';
import { check } from '../approval/check.ts';
import { failureFrom, type Api } from '../lib/api.ts';

export class BatchAnswer {
  /** Ids of those that are meant; none is until the person ticks it. */
  ticked: ReadonlySet<string> = $state.raw(new Set());
  busy = $state(false);
  /** Why some were not answered; empty while all were. */
  failed = $state('');
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  toggle(id: string): void {
    const ticked = new Set(this.ticked);
    if (!ticked.delete(id)) ticked.add(id);
    this.ticked = ticked;
  }

  /** Each with its own digest, found by this page to be that of what it shows. Never throws. */
  async send(requests: readonly PendingApproval[], answer: 'allow-once' | 'deny'): Promise<void> {
    const meant = requests.filter(({ id }) => this.ticked.has(id));
    this.busy = true;
    const problems: string[] = [];
    for (const { id, digest, action } of meant) {
      const { state } = await check(action, digest);
      if (answer !== 'deny' && state !== 'match') problems.push('What is shown of one is not what its digest names.');
      else
        await this.#api
          .command('answer', { params: { id }, body: { answer, digest } })
          .catch((error: unknown) => problems.push(failureFrom(error).message));
    }
    this.failed = [...new Set(problems)].join(' ');
    this.ticked = new Set();
    this.busy = false;
  }
}
