/** The server's ledger of what a session changed, read again when it grows. */
import type { Change } from '../../shared/changes-api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { failureFrom, type Api } from '../lib/api.ts';

export class Ledger {
  scope: 'turn' | 'session' = $state('turn');
  changes: Change[] = $state.raw([]);
  failed = $state('');
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Never throws. What was read for another session or scope meanwhile is left. */
  async read(session: SessionId, signal: AbortSignal): Promise<void> {
    const { scope } = this;
    try {
      const { changes } = await this.#api.call('changes', { query: { session, scope }, signal });
      if (signal.aborted) return;
      this.changes = changes;
      this.failed = '';
    } catch (error) {
      if (!signal.aborted) this.failed = failureFrom(error).message;
    }
  }
}
