/** One request on the page, from the check of its digest to the answer on its way. What came of it is told by events. */
import type { CommandAction, EditAction } from '../../shared/action.ts';
import { failureFrom, type Api, type ApiFailure } from '../lib/api.ts';
import type { Answer } from '../lib/session.svelte.ts';
import { check, type Checked } from './check.ts';
import type { CardRequest } from './facts.ts';
import { Ruling } from './ruling.svelte.ts';
import { landsOnly, selected, unitsOf } from './selection.ts';

/** The effect of landing the ticked hunks, as the server names it and as this page has checked it. */
export type Preview =
  | { state: 'whole' }
  | { state: 'nothing' }
  | { state: 'asking' }
  | { state: 'shown'; digest: string; action: EditAction }
  | { state: 'refused'; problem: string };

export class Answering {
  phase: 'open' | 'sending' | 'sent' = $state('open');
  failure: ApiFailure | null = $state.raw(null);
  checked: Checked = $state.raw({ state: 'checking' });
  /** Keys of what is left out. */
  out: ReadonlySet<string> = $state.raw(new Set());
  preview: Preview = $state.raw({ state: 'whole' });
  /** The command as the person writes it anew; null while they do not. */
  draft: string | null = $state(null);
  /** A standing rule while it is made; null while none is. */
  ruling: Ruling | null = $state.raw(null);

  readonly #request: CardRequest;
  readonly #api: Api;
  #asking: AbortController | null = null;

  constructor(request: CardRequest, api: Api) {
    this.#request = request;
    this.#api = api;
    void check(request.action, request.digest).then((checked) => (this.checked = checked));
  }

  /** Begins, goes on or, with null, ends writing the command anew. */
  write(script: string | null): void {
    this.draft = script;
  }

  /** The command with the script that was written; null where that is none, or still the old one. */
  get edited(): CommandAction | null {
    const { action } = this.#request;
    if (action.kind !== 'command' || this.draft === null) return null;
    if (this.draft.trim() === '' || this.draft === action.script) return null;
    return { ...action, script: this.draft, argv: [...action.argv.slice(0, -1), this.draft] };
  }

  /** Begins or ends making a rule. */
  rule(begins: boolean): void {
    this.ruling?.close();
    this.ruling = begins ? new Ruling(this.#request.id, this.#api) : null;
  }

  toggle(key: string): void {
    const out = new Set(this.out);
    if (!out.delete(key)) out.add(key);
    this.out = out;
    void this.#ask();
  }

  /** By path, the ids of the hunks that are ticked. */
  ticked(): Record<string, string[]> {
    const { action } = this.#request;
    return action.kind === 'edit' ? selected(action, this.out) : {};
  }

  close(): void {
    this.#asking?.abort();
    this.ruling?.close();
  }

  /** Sends the answer. Never throws: what went wrong is in `failure`, and then nothing was decided here. */
  async send(answer: Answer): Promise<void> {
    this.phase = 'sending';
    this.failure = null;
    try {
      await this.#api.command('answer', { params: { id: this.#request.id }, body: answer });
      this.phase = 'sent';
    } catch (error) {
      this.failure = failureFrom(error);
      this.phase = 'open';
    }
  }

  async #ask(): Promise<void> {
    this.#asking?.abort();
    const { action, id } = this.#request;
    if (action.kind !== 'edit' || this.out.size === 0) return void (this.preview = { state: 'whole' });
    if (this.out.size === unitsOf(action).length) return void (this.preview = { state: 'nothing' });
    const asking = new AbortController();
    this.#asking = asking;
    this.preview = { state: 'asking' };
    const preview = await this.#effect(action, id, asking.signal);
    if (!asking.signal.aborted) this.preview = preview;
  }

  async #effect(action: EditAction, id: string, signal: AbortSignal): Promise<Preview> {
    const out = this.out;
    try {
      const named = await this.#api.call('previewHunks', { params: { id }, body: { hunks: this.ticked() }, signal });
      const checked = await check(named.action, named.digest);
      if (checked.state !== 'match') return { state: 'refused', problem: 'its digest is not that of its bytes' };
      const landing = landsOnly(action, named.action, out);
      return landing.ok ? { state: 'shown', ...named } : { state: 'refused', problem: landing.problem };
    } catch (error) {
      return { state: 'refused', problem: failureFrom(error).message };
    }
  }
}
