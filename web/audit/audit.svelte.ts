/** The audit as reactive state: its rows page by page, the filter, the check of the chains, the event that is open. */
import type { Response } from '../../shared/api.ts';
import type { AuditRow, Verified } from '../../shared/records-api.ts';
import { failureFrom, type Api } from '../lib/api.ts';
import { filterText, type Filter } from './filter.ts';

export class Audit {
  rows: readonly AuditRow[] = $state.raw([]);
  /** Where older rows go on; null where there are none. */
  next: number | null = $state.raw(null);
  state: 'reading' | 'ready' | 'failed' = $state('reading');
  failed = $state('');
  checked: Verified | null = $state.raw(null);
  checking = $state(false);
  /** Why the check could not be done; empty where it could. */
  checkFailed = $state('');

  readonly #api: Api;
  #abort = new AbortController();

  constructor(api: Api) {
    this.#api = api;
  }

  /** Reads the newest rows that fit; an earlier reading that still runs is let go. */
  async read(filter: Filter): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.state = 'reading';
    try {
      const page = await this.#api.call('audit', { query: { filter: filterText(filter) }, signal });
      if (signal.aborted) return;
      this.rows = page.rows;
      this.next = page.next;
      this.state = 'ready';
      this.failed = '';
    } catch (error) {
      if (signal.aborted) return;
      this.failed = failureFrom(error).message;
      this.state = 'failed';
    }
  }

  async older(filter: Filter): Promise<void> {
    if (this.next === null) return;
    const { signal } = this.#abort;
    const page = await this.#api.call('audit', { query: { before: this.next, filter: filterText(filter) }, signal });
    if (signal.aborted) return;
    this.rows = [...this.rows, ...page.rows];
    this.next = page.next;
  }

  async verify(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      this.checked = await this.#api.call('auditVerify');
      this.checkFailed = '';
    } catch (error) {
      this.checkFailed = failureFrom(error).message;
    } finally {
      this.checking = false;
    }
  }

  event(seq: number): Promise<Response<'auditEvent'>> {
    return this.#api.call('auditEvent', { query: { seq } });
  }

  close(): void {
    this.#abort.abort();
  }
}
