/** A share in the making: what is ticked, what the server found in the session with that, and the link once there is one. */
import type { Response } from '../../shared/api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ShareFinding, ShareRedaction } from '../../shared/share.ts';
import { failureFrom, type Api, type ApiFailure } from '../lib/api.ts';

export class Making {
  look: Response<'lookShare'> | null = $state.raw(null);
  phase: 'looking' | 'ready' | 'making' | 'made' = $state('looking');
  failure: ApiFailure | null = $state.raw(null);
  /** Told once, by the server, and nowhere else afterwards. */
  link = $state('');
  expiresAt = $state('');

  live = $state(false);
  reasoning = $state(false);
  output = $state(true);
  minutes: number = $state(LIMITS.shareMinutes.value);
  /** Findings whose tick was taken out. */
  kept: readonly string[] = $state.raw([]);
  words: readonly string[] = $state.raw([]);

  readonly #api: Api;
  readonly #session: SessionId;
  #turn = 0;

  constructor(api: Api, session: SessionId) {
    this.#api = api;
    this.#session = session;
  }

  /** What the server masks of a finding as things are ticked. */
  isMasked(finding: ShareFinding): boolean {
    return finding.always || !this.kept.includes(finding.name);
  }

  toggle({ name }: ShareFinding): void {
    this.kept = this.kept.includes(name) ? this.kept.filter((one) => one !== name) : [...this.kept, name];
    void this.read();
  }

  /** False where it is too short, or there already. */
  addWord(text: string): boolean {
    const word = text.trim();
    if (word.length < LIMITS.shareWordShortest.value || this.words.includes(word)) return false;
    this.words = [...this.words, word];
    void this.read();
    return true;
  }

  dropWord(word: string): void {
    this.words = this.words.filter((one) => one !== word);
    void this.read();
  }

  /** Looks again, with what is ticked now. An answer that was overtaken is passed over. Never throws. */
  async read(): Promise<void> {
    const turn = ++this.#turn;
    this.phase = 'looking';
    try {
      const look = await this.#api.call('lookShare', { params: { id: this.#session }, body: this.#wish() });
      if (turn !== this.#turn) return;
      this.look = look;
      this.failure = null;
      this.phase = 'ready';
    } catch (error) {
      if (turn === this.#turn) this.failure = failureFrom(error);
    }
  }

  /** Makes the link. Never throws. */
  async make(): Promise<void> {
    if (this.phase !== 'ready' || this.look === null) return;
    this.phase = 'making';
    try {
      const body = { ...this.#wish(), expiresInMinutes: this.minutes, upTo: this.look.upTo };
      const made = await this.#api.command('createShare', { params: { id: this.#session }, body });
      this.link = made.url;
      this.expiresAt = made.expiresAt;
      this.failure = null;
      this.phase = 'made';
    } catch (error) {
      this.failure = failureFrom(error);
      this.phase = 'ready';
    }
  }

  #wish() {
    const kept = this.kept.map((keep): ShareRedaction => ({ keep }));
    const words = this.words.map((mask): ShareRedaction => ({ mask }));
    return { live: this.live, reasoning: this.reasoning, output: this.output, redactions: [...kept, ...words] };
  }
}
