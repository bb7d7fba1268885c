/** The server's own screen of a terminal: what was printed, drawn, so that who comes later sees it; and the one that answers programs. */
import { LIMITS } from '../../shared/limits.ts';
import type { TerminalSize } from '../../shared/terminal.ts';
import { createTail } from './terminal-tail.ts';

export interface Snapshot {
  size: TerminalSize;
  /** Draws the screen and what is above it on an empty terminal of that size: text, colours, modes, and no question. */
  bytes: Buffer;
}

export interface Screen {
  /** `done` when it is drawn. */
  write(bytes: Buffer, done: () => void): void;
  resize(size: TerminalSize): void;
  /** Calls `take` with the screen as it is after all that was written before this call, and before anything that is written after it. */
  snapshot(take: (snapshot: Snapshot) => void): void;
  title(): string;
  /** What is written afterwards is lost. */
  close(): void;
}

interface ScreenOptions {
  size: TerminalSize;
  /** What a program is answered. */
  answer(text: string): void;
  titled(title: string): void;
}

/**
 * The answers that programs get: what kind of terminal this is (DA), that it is well (DSR), where the cursor stands (CPR) and which
 * modes are set (DECRPM). Nothing that a program wrote can come back in one of them.
 */
const ANSWER = new RegExp(
  ['\\[[?>][\\d;]*c', '\\[0n', '\\[\\??\\d+;\\d+R', '\\[\\??\\d+;\\d\\$y'].map((form) => `^\\x1b${form}$`).join('|'),
);

/** The drawing is loaded with the first terminal: the start of the server does not wait for it. */
export async function openScreen({ size, answer, titled }: ScreenOptions): Promise<Screen> {
  const { Terminal, SerializeAddon } = await loadScreen();
  const { columns: cols, rows } = size;
  const scrollback = LIMITS.terminalScrollback.value;
  const terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' });
  const serializer = new SerializeAddon();
  // It is made for the page's terminal, and asks of it only what this one has too.
  terminal.loadAddon(serializer as unknown as Parameters<typeof terminal.loadAddon>[0]);
  const tail = createTail();
  let title = '';
  terminal.onData((text) => {
    if (ANSWER.test(text)) answer(text);
  });
  terminal.onTitleChange((set) => {
    title = set.slice(0, LIMITS.terminalTitleChars.value);
    titled(title);
  });
  return {
    write(bytes, done) {
      tail.take(bytes);
      terminal.write(bytes, done);
    },
    // In its turn: what was printed before was meant for the size before.
    resize: (to) => terminal.write('', () => terminal.resize(to.columns, to.rows)),
    snapshot(take) {
      const rest = tail.rest();
      terminal.write('', () => {
        const bytes = Buffer.concat([Buffer.from(serializer.serialize({ scrollback })), rest]);
        take({ size: { columns: terminal.cols, rows: terminal.rows }, bytes });
      });
    },
    title: () => title,
    close: () => terminal.dispose(),
  };
}

/** Both are CommonJS: what Node calls their default, a bundler hands out as names. */
async function loadScreen() {
  const [headless, serialize] = await Promise.all([import('@xterm/headless'), import('@xterm/addon-serialize')]);
  const { Terminal } = 'Terminal' in headless ? headless : (headless as { default: typeof headless }).default;
  const { SerializeAddon } =
    'SerializeAddon' in serialize ? serialize : (serialize as { default: typeof serialize }).default;
  return { Terminal, SerializeAddon };
}
