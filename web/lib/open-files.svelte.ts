/** The files that stand open as tabs, remembered for this browser tab. */
import * as z from 'zod';

const KEY = 'vtcode.open';
/** More tabs than this are not found again; the oldest goes. */
const MOST = 12;

export class OpenFiles {
  list: string[] = $state.raw(restore());

  open(path: string): void {
    if (this.list.includes(path)) return;
    this.#set([...this.list, path].slice(-MOST));
  }

  /** Closes a tab and tells which one stands in its place; null: none, so the conversation. */
  close(path: string): string | null {
    const at = this.list.indexOf(path);
    const left = this.list.filter((held) => held !== path);
    this.#set(left);
    return left[Math.min(at, left.length - 1)] ?? null;
  }

  #set(list: string[]): void {
    this.list = list;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list));
    } catch (error) {
      console.warn('vtcode: open files are not remembered', error);
    }
  }
}

function restore(): string[] {
  try {
    const held: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return z.array(z.string()).max(MOST).catch([]).parse(held);
  } catch {
    // Nothing readable is held: no tabs.
    return [];
  }
}
