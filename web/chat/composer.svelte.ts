/** The message that is being written: its draft, the files it names, its way to the server. */
import { failureFrom, type Api, type ApiFailure } from '../lib/api.ts';
import type { SessionState } from '../lib/session.svelte.ts';
import { readDraft, writeDraft } from './drafts.ts';
import { named } from './mention.ts';

const MOST_FILES = 20;

export class Message {
  failure: ApiFailure | null = $state.raw(null);
  sending = $state(false);

  readonly #session: SessionState;
  readonly #api: Api;
  #text = $state('');
  #picked: string[] = [];

  constructor(session: SessionState, api: Api) {
    this.#session = session;
    this.#api = api;
    const draft = readDraft(session.id);
    this.#text = draft.text;
    this.#picked = draft.files;
  }

  get text(): string {
    return this.#text;
  }
  set text(text: string) {
    this.#text = text;
    this.failure = null;
    writeDraft(this.#session.id, { text, files: named(text, this.#picked) });
  }

  /** A file was picked by its name; it goes along while the text still names it. */
  pick(path: string): void {
    this.#picked = [...this.#picked, path];
  }

  /** Sends what is written. The text goes only when the server has it. Never throws: what went wrong is in `failure`. */
  async send(): Promise<void> {
    const text = this.#text.trim();
    if (text === '' || this.sending) return;
    this.sending = true;
    this.failure = null;
    const attachments = named(text, this.#picked).slice(0, MOST_FILES).map((path) => ({ path })); // prettier-ignore
    try {
      const body = attachments.length > 0 ? { text, attachments } : { text };
      await this.#api.command('sendMessage', { params: { id: this.#session.id }, body });
      this.#picked = [];
      this.text = '';
    } catch (error) {
      this.failure = failureFrom(error);
    } finally {
      this.sending = false;
    }
  }
}
