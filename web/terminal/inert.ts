/** What a program may not do through the page's terminal: ask it anything, touch the clipboard, disguise a link, move the window. */
import type { Terminal } from '@xterm/xterm';

const SWALLOW = () => true;

/**
 * The server's own screen answers programs, once for all pages; a page answers nothing, whatever it draws. The answer tells
 * whether what the terminal has just sent may go out: turning on reports of the focus sends one by itself, before anybody typed.
 */
export function makeInert(terminal: Terminal): { mayType: () => boolean } {
  const { parser } = terminal;
  // DA1, DA2, DA3; DSR and CPR; window operations and reports; XTVERSION; DECRQM.
  for (const prefix of ['', '>', '='] as const) parser.registerCsiHandler(csi('c', prefix), SWALLOW);
  for (const prefix of ['', '?'] as const) {
    parser.registerCsiHandler(csi('n', prefix), SWALLOW);
    parser.registerCsiHandler({ ...csi('p', prefix), intermediates: '$' }, SWALLOW);
  }
  parser.registerCsiHandler({ final: 't' }, SWALLOW);
  parser.registerCsiHandler({ prefix: '>', final: 'q' }, SWALLOW);
  // DECRQSS and XTGETTCAP.
  for (const intermediates of ['$', '+']) parser.registerDcsHandler({ intermediates, final: 'q' }, SWALLOW);
  // Titles come from the server, as words; colours set and asked for; links; notes; the clipboard; the shell's own marks.
  for (const code of [0, 1, 2, 4, 8, 9, 10, 11, 12, 52, 104, 110, 111, 112, 133, 633, 777, 1337])
    parser.registerOscHandler(code, SWALLOW);
  let isMuted = false;
  parser.registerCsiHandler({ prefix: '?', final: 'h' }, () => {
    isMuted = true;
    // What is sent for it is sent before this task ends.
    queueMicrotask(() => (isMuted = false));
    return false;
  });
  return { mayType: () => !isMuted };
}

const csi = (final: string, prefix: '' | '>' | '=' | '?') => (prefix === '' ? { final } : { prefix, final });
