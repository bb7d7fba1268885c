/** One terminal: its program, the server's screen of it, the pages on it, and the pace at which they go together. */
import { LIMITS } from '../../shared/limits.ts';
import type { TerminalEnd, TerminalSize } from '../../shared/terminal.ts';
import { openPty } from './pty.ts';
import type { PtyStart } from './spawn.ts';
import { openScreen, type Screen } from './terminal-screen.ts';
import { createViewers, type Viewer, type Viewers } from './terminal-viewers.ts';

export interface Terminal {
  /** Shows it to a page from now on; null where as many look at it as may. */
  join(viewer: Viewer): Seat | null;
  /** Ends its program and all that runs in it. */
  stop(why: 'person' | 'server'): void;
  /** When nothing of it is alive. Never rejects. */
  ended: Promise<TerminalEnd>;
  bytes(): { typed: number; printed: number };
  /** Shuts it for the pages and forgets the screen; called once, after its end. */
  close(): void;
}

/** What a page can do on a terminal. */
export interface Seat {
  type(bytes: Buffer): void;
  resize(size: TerminalSize): void;
  /** False where it was never sent so many bytes. */
  drawn(bytes: number): boolean;
  leave(): void;
}

/** Throws where the terminals' module does not load, or no terminal can be had. */
export async function openTerminal(start: PtyStart): Promise<Terminal> {
  const bytes = { typed: 0, printed: 0 };
  let [end, stopped]: [TerminalEnd | null, 'person' | 'server' | null] = [null, null];
  let size: TerminalSize = { columns: start.columns, rows: start.rows };
  const pace = createPace((held) => (held ? pty.pause() : pty.resume()));
  const screen = await openScreen({
    size,
    answer: (text) => void (end === null && pty.write(Buffer.from(text, 'latin1'))),
    titled: (text) => viewers.tell({ type: 'title', text }),
  });
  const viewers = createViewers({ screen, hold: pace.pages });
  const pty = await openPty(start).catch((error: unknown) => {
    screen.close();
    throw error;
  });
  pty.onData((chunk) => {
    bytes.printed += chunk.length;
    show(chunk, { screen, viewers, pace });
  });
  const ended = pty.ended.then((by) => {
    end = { why: stopped ?? 'exit', ...by };
    viewers.tell({ type: 'ended', end });
    return end;
  });
  const seatOf = (viewer: Viewer): Seat => ({
    type(typed) {
      if (end !== null) return;
      bytes.typed += typed.length;
      if (!pty.write(typed)) viewer.tell({ type: 'full', message: FULL });
    },
    resize(to) {
      if (end !== null || (to.columns === size.columns && to.rows === size.rows)) return;
      size = to;
      pty.resize(size);
      screen.resize(size);
      viewers.tell({ type: 'size', ...size });
    },
    drawn: (count) => viewers.drawn(viewer, count),
    leave: () => viewers.leave(viewer),
  });
  return {
    join(viewer) {
      if (viewers.count() >= LIMITS.terminalViewers.value) return null;
      viewers.join(viewer);
      // In its turn, after the screen.
      if (end !== null) viewers.tell({ type: 'ended', end });
      return seatOf(viewer);
    },
    stop(why) {
      stopped ??= why;
      pty.stop();
    },
    ended,
    bytes: () => ({ ...bytes }),
    close() {
      viewers.close();
      screen.close();
    },
  };
}

interface Shown {
  screen: Screen;
  viewers: Viewers;
  pace: ReturnType<typeof createPace>;
}

function show(chunk: Buffer, { screen, viewers, pace }: Shown): void {
  pace.drawing(chunk.length);
  screen.write(chunk, () => pace.drawing(-chunk.length));
  viewers.print(chunk);
}

const FULL = 'The program takes no input. What was typed last did not reach it.';

/** The shell goes on while neither our own screen nor a page is behind. */
function createPace(hold: (held: boolean) => void) {
  let drawing = 0;
  let screenBehind = false;
  let pagesBehind = false;
  let held = false;
  const settle = () => {
    const now = screenBehind || pagesBehind;
    if (now === held) return;
    held = now;
    hold(held);
  };
  return {
    drawing(bytes: number): void {
      drawing += bytes;
      screenBehind = drawing > (screenBehind ? LIMITS.terminalResumeBytes : LIMITS.terminalAheadBytes).value;
      settle();
    },
    pages(behind: boolean): void {
      pagesBehind = behind;
      settle();
    },
  };
}
