/** The title of a share: as the session was called where the share ends, masked with what it was cut from. */
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Redaction } from '../store/redaction.ts';
import { titleFrom } from '../store/session-writes.ts';

export class Title {
  readonly #mask: Pick<Redaction, 'text'>;
  #title = '';
  /** What the first messages said, which a title may have been made of. */
  #said: string[] = [];

  constructor(mask: Pick<Redaction, 'text'>) {
    this.#mask = mask;
  }

  take(event: SessionEvent): void {
    if (event.type === 'session.created' || event.type === 'session.renamed') this.#title = event.data.title;
    if (event.type === 'message.user' && this.#said.length < MOST) this.#said.push(event.data.text);
  }

  /** A title that was cut may end in the middle of a secret, which then looks like none: the whole is masked, and cut again. */
  shown(): string {
    const title = this.#title;
    const head = title.replace(FORK, '').replace(/…$/, '');
    const wasCut = head !== title.replace(FORK, '') || [...title].length >= LIMITS.titleChars.value;
    const whole = wasCut ? this.#said.find((text) => lineOf(text).startsWith(head)) : undefined;
    const fork = FORK.exec(title)?.[0] ?? '';
    if (whole !== undefined) return titleFrom(this.#mask.text(whole)) + fork;
    // Cut from what is not known: its last word may be half of something.
    return wasCut ? `${this.#mask.text(head).replace(/\S*$/u, '')}…${fork}` : this.#mask.text(title);
  }
}

const FORK = / \(fork\)$/;
const lineOf = (text: string) => text.split('\n', 1)[0]!.replace(/\s+/gu, ' ').trim();

/** A session is named by its first message; a fork keeps the name of the first one it copied. */
const MOST = 3;
