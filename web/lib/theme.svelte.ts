/** Light, dark or as the system has it. */
import { readPref, writePref } from './prefs.ts';

export type Theme = 'system' | 'light' | 'dark';
const ORDER: Theme[] = ['system', 'light', 'dark'];

export class ThemeState {
  #theme: Theme = $state(read());

  constructor() {
    apply(this.#theme);
  }

  get value(): Theme {
    return this.#theme;
  }

  next(): void {
    this.#theme = ORDER[(ORDER.indexOf(this.#theme) + 1) % ORDER.length]!;
    writePref('theme', this.#theme);
    apply(this.#theme);
  }
}

function read(): Theme {
  const held = readPref('theme');
  return ORDER.find((theme) => theme === held) ?? 'system';
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
