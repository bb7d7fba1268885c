/** The colours of a terminal, of the page's own tokens, in the theme that is on. */
import type { ITheme } from '@xterm/xterm';

const INK: Record<'light' | 'dark', Pick<ITheme, 'white' | 'brightBlack' | 'black' | 'brightWhite'>> = {
  light: { black: '#16191d', brightBlack: '#5f6770', white: '#50575f', brightWhite: '#16191d' },
  dark: { black: '#4a525e', brightBlack: '#98a1ac', white: '#e4e7eb', brightWhite: '#ffffff' },
};

/** Read from an element, so that `light-dark()` has been decided. */
export function themeOf(host: HTMLElement): ITheme {
  const probe = document.createElement('span');
  host.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const isDark = getComputedStyle(host).colorScheme === 'dark' || isDarkBySystem(host);
  const named = {
    ...{
      foreground: token('text'),
      background: token('canvas'),
      cursor: token('accent'),
      cursorAccent: token('canvas'),
    },
    ...{ selectionBackground: token('accent-line'), red: token('denied'), brightRed: token('denied') },
    ...{
      green: token('allowed'),
      brightGreen: token('allowed'),
      yellow: token('waiting'),
      brightYellow: token('waiting'),
    },
    ...{
      blue: token('accent'),
      brightBlue: token('accent'),
      magenta: token('claimed'),
      brightMagenta: token('claimed'),
    },
    ...{ cyan: token('syn-str'), brightCyan: token('syn-str') },
  };
  probe.remove();
  return { ...named, ...INK[isDark ? 'dark' : 'light'] };
}

function isDarkBySystem(host: HTMLElement): boolean {
  const both = /light/.test(getComputedStyle(host).colorScheme) && /dark/.test(getComputedStyle(host).colorScheme);
  return both && matchMedia('(prefers-color-scheme: dark)').matches;
}

/** Calls back when the theme changes, by the person or the system. */
export function onThemeChange(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const own = new MutationObserver(changed);
  own.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  system.addEventListener('change', changed);
  return () => {
    own.disconnect();
    system.removeEventListener('change', changed);
  };
}
