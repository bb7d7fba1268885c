/** One terminal drawn on the page: xterm with its parts, loaded when the first one is shown. */
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { LIMITS } from '../../shared/limits.ts';
import type { TerminalDown, TerminalSize } from '../../shared/terminal.ts';
import type { Api } from '../lib/api.ts';
import { onThemeChange, themeOf } from './colours.ts';
import { makeInert } from './inert.ts';
import { TerminalLink, type LinkState } from './link.ts';

export interface ScreenHandlers {
  state(state: LinkState, why: string): void;
  told(message: TerminalDown): void;
  /** What is pasted, before any of it goes anywhere. */
  pasted(raw: string): void;
  /** True where the page takes this key, and the shell does not get it. */
  key(event: KeyboardEvent): boolean;
  selected(text: string): void;
}

export interface Screen {
  focus(): void;
  paste(text: string): void;
  find(words: string, back: boolean): boolean;
  readable(on: boolean): void;
  selection(): string;
  close(): void;
}

export interface ScreenOptions {
  id: string;
  name: string;
  host: HTMLElement;
  api: Api;
  readable: boolean;
  to: ScreenHandlers;
}

export function openScreen({ id, name, host, api, readable, to }: ScreenOptions): Screen {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily: getComputedStyle(host).getPropertyValue('--mono'),
    fontSize: 12,
    lineHeight: 1.25,
    minimumContrastRatio: 4.5,
    screenReaderMode: readable,
    scrollback: LIMITS.terminalScrollback.value,
    theme: themeOf(host),
  });
  const [fit, search] = [new FitAddon(), new SearchAddon()];
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  const { mayType } = makeInert(terminal);
  terminal.open(host);
  terminal.textarea?.setAttribute('aria-label', `Terminal ${name}. Shift F6 leaves it.`);

  const link = new TerminalLink(id, api, {
    state: to.state,
    told: (message) => {
      obey(terminal, message, report);
      to.told(message);
    },
    print: (bytes, drawn) => terminal.write(bytes, drawn),
  });
  const report = () => {
    const size = fit.proposeDimensions();
    const fits = size !== undefined && document.hasFocus() && host.offsetParent !== null;
    if (fits && size.cols >= 2 && size.rows >= 1) link.size(bounded({ columns: size.cols, rows: size.rows }));
  };
  const encoder = new TextEncoder();
  terminal.onData((text) => mayType() && link.type(encoder.encode(text)));
  terminal.onBinary((text) => link.type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  terminal.onSelectionChange(() => to.selected(terminal.getSelection()));
  terminal.attachCustomKeyEventHandler((event) => !to.key(event));
  const stop = listen(host, { report, pasted: to.pasted, repaint: () => (terminal.options.theme = themeOf(host)) });

  return {
    focus: () => terminal.focus(),
    paste: (text) => terminal.paste(text),
    find: (words, back) => (back ? search.findPrevious(words) : search.findNext(words)),
    readable: (on) => void (terminal.options.screenReaderMode = on),
    selection: () => terminal.getSelection(),
    close() {
      stop();
      link.close();
      terminal.dispose();
    },
  };
}

/** In its turn among the bytes: what came before was drawn for the size before. */
function obey(terminal: Terminal, message: TerminalDown, joined: () => void): void {
  if (message.type === 'screen') terminal.write('', () => terminal.reset());
  if (message.type === 'screen' || message.type === 'size')
    terminal.write('', () => terminal.resize(message.columns, message.rows));
  if (message.type === 'screen') joined();
}

const bounded = ({ columns, rows }: TerminalSize): TerminalSize => ({
  columns: Math.min(columns, LIMITS.terminalColumns.value),
  rows: Math.min(rows, LIMITS.terminalRows.value),
});

interface Listened {
  /** The size is that of the page that is at work: told when it comes to work, and when its room changes meanwhile. */
  report: () => void;
  pasted: (raw: string) => void;
  repaint: () => void;
}

function listen(host: HTMLElement, { report, pasted, repaint }: Listened): () => void {
  const watch = new ResizeObserver(report);
  watch.observe(host);
  host.addEventListener('focusin', report);
  const paste = (event: ClipboardEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    pasted(event.clipboardData?.getData('text/plain') ?? '');
  };
  // Before the terminal's own: it would send all of it.
  host.addEventListener('paste', paste, true);
  const forget = onThemeChange(repaint);
  return () => {
    watch.disconnect();
    forget();
    host.removeEventListener('focusin', report);
    host.removeEventListener('paste', paste, true);
  };
}
