/** Short words from the page to the person: what could not be done, and why. */
import { failureFrom } from './api.ts';

export interface Note {
  id: number;
  tone: 'plain' | 'denied';
  text: string;
  hint: string;
}

/** Notes that stand at once; an older one goes. */
const MOST = 3;

export class Notes {
  list: Note[] = $state.raw([]);
  #count = 0;

  say(text: string, { hint = '', tone = 'plain' }: { hint?: string; tone?: Note['tone'] } = {}): void {
    this.list = [...this.list, { id: ++this.#count, tone, text, hint }].slice(-MOST);
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
