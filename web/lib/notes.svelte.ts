/** Short words from the page to the person: what could not be done, and why. */
import { failureFrom } from './api.ts';

export interface Note {
  id: number;
  tone: 'plain' | 'denied';
  text: string;
  hint: string;
  /** What can be done about it, by a button; null for nothing. */
  act: Act | null;
}

export interface Act {
  label: string;
  run: () => void;
  /** The note goes by itself when this can no longer be done. */
  forMs: number;
}

/** Notes that stand at once; an older one goes. */
const MOST = 3;

export class Notes {
  list: Note[] = $state.raw([]);
  #count = 0;

  say(text: string, { hint = '', tone = 'plain', act = null }: Partial<Omit<Note, 'id' | 'text'>> = {}): void {
    const id = ++this.#count;
    this.list = [...this.list, { id, tone, text, hint, act }].slice(-MOST);
    if (act !== null) setTimeout(() => this.drop(id), act.forMs);
  }

  drop(id: number): void {
    this.list = this.list.filter((note) => note.id !== id);
  }

  /** Runs what may fail, and says so if it does. False when it failed. Never throws. */
  async attempt(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      const { message, hint } = failureFrom(error);
      this.say(message, { hint, tone: 'denied' });
      return false;
    }
  }
}
