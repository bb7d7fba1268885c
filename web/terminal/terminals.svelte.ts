/** The person's terminals as the page knows them, read again whenever the record says that something is another. */
import type { TerminalInfo, TerminalList, TerminalPlace } from '../../shared/terminal.ts';
import { failureFrom, type ApiFailure } from '../lib/api.ts';
import type { App } from '../lib/app.svelte.ts';

export class Terminals {
  list: TerminalList | null = $state.raw(null);
  failure: ApiFailure | null = $state.raw(null);
  #chosen: string | null = $state(null);
  readonly #app: App;
  #asked = 0;
  /** The one that was opened here last, until it has been given the keys. */
  #fresh: string | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  readonly all = $derived.by(() => this.list?.terminals ?? []);
  /** The one in front: the one that was chosen last, else the last one. */
  readonly current = $derived.by(() => this.all.find(({ id }) => id === this.#chosen) ?? this.all.at(-1) ?? null);

  choose(id: string): void {
    this.#chosen = id;
  }

  /** Never throws. An answer that was overtaken is let go. */
  async load(): Promise<void> {
    const turn = ++this.#asked;
    try {
      const list = await this.#app.api.call('terminals');
      if (turn !== this.#asked) return;
      this.list = list;
      this.failure = null;
    } catch (error) {
      if (turn === this.#asked) this.failure = failureFrom(error);
    }
  }

  async open(place: TerminalPlace, name = this.#freeName(place)): Promise<void> {
    await this.#app.notes.attempt(async () => {
      const { id } = await this.#app.api.command('openTerminal', { body: { name, place } });
      this.#chosen = id;
      this.#fresh = id;
    });
    await this.load();
  }

  /** Whether this one was just opened by the person here, who is about to type in it; true once. */
  takesKeys({ id }: TerminalInfo): boolean {
    if (this.#fresh !== id) return false;
    this.#fresh = null;
    return true;
  }

  async rename({ id }: TerminalInfo, name: string): Promise<void> {
    await this.#app.notes.attempt(() => this.#app.api.command('renameTerminal', { params: { id }, body: { name } }));
    await this.load();
  }

  async close({ id }: TerminalInfo): Promise<void> {
    await this.#app.notes.attempt(() => this.#app.api.command('closeTerminal', { params: { id } }));
    await this.load();
  }

  /** In the place of one that ended, with its name. */
  async again(info: TerminalInfo): Promise<void> {
    await this.close(info);
    await this.open(info.place, info.name);
  }

  #freeName(place: TerminalPlace): string {
    const taken = new Set(this.all.map(({ name }) => name));
    const word = place.kind === 'host' ? 'host' : 'shell';
    for (let n = 1; ; n++) if (!taken.has(`${word} ${n}`)) return `${word} ${n}`;
  }
}
