/**
 * What a command prints on the terminal on which its person is asked: line by line behind a bar, with nothing that moves the
 * cursor, and held while a question stands. So no line of it can be taken for one of ours, and no question be drawn over.
 */
import type { Readable } from 'node:stream';
import { visible } from '../base/visible.ts';

export interface Bar {
  /** Shows what comes there from now on. */
  show(stream: Readable): void;
  /** Nothing is shown until `ask` has settled, whose question begins a line. */
  hold<T>(ask: () => Promise<T>): Promise<T>;
  /** Ends a line that was begun. */
  end(): void;
}

interface Screen {
  write(text: string): void;
  /** How wide the terminal is now; undefined where that is not known. */
  columns(): number | undefined;
}

export function createBar(screen: Screen): Bar {
  const streams: Readable[] = [];
  const line = createLine(screen);
  let last: Readable | null = null;
  return {
    show(stream) {
      const decoder = new TextDecoder();
      streams.push(stream);
      stream.on('data', (bytes: Uint8Array) => {
        const text = decoder.decode(bytes, { stream: true });
        screen.write((last === stream ? '' : line.end()) + line.add(text));
        last = stream;
      });
    },
    async hold(ask) {
      for (const stream of streams) stream.pause();
      screen.write(line.end());
      try {
        return await ask();
      } finally {
        for (const stream of streams) stream.resume();
      }
    },
    end: () => screen.write(line.end()),
  };
}

const BAR = '│ ';
const TAB = '    ';
/** Where no width is known. */
const USUAL = 80;
/** Narrower than this a terminal shows nothing to the purpose. */
const LEAST = 12;

/** We break lines ourselves: where the terminal did, the rest would stand at its edge, without a bar. */
function createLine({ columns }: Screen) {
  /** Null between two lines. */
  let used: number | null = null;
  const end = () => {
    const isOpen = used !== null;
    used = null;
    return isOpen ? '\n' : '';
  };
  const put = (char: string): string => {
    const text = char === '\t' ? TAB : visible(char);
    const width = widthOf(text);
    const most = Math.max(LEAST, (columns() ?? USUAL) - 1) - BAR.length;
    const before = used !== null && used + width > most ? end() : '';
    const bar = used === null ? BAR : '';
    used = (used ?? 0) + width;
    return before + bar + text;
  };
  const add = (text: string): string => {
    const parts: string[] = [];
    // A return that would go back over the line begins another one; before a line's end it is a part of that.
    for (const char of text.replace(/\r+(?=\n|$)/g, '').replaceAll('\r', '\n'))
      parts.push(char !== '\n' ? put(char) : used === null ? `${BAR}\n` : end());
    return parts.join('');
  };
  return { add, end };
}

/** At least as wide as any terminal draws it. */
const widthOf = (text: string): number => [...text].reduce((sum, char) => sum + (char <= '\x7e' ? 1 : 2), 0);
