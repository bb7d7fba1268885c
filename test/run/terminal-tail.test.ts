/** Wherever a stream is cut, who is drawn the screen and then given the rest sees what one sees who had all of it. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openScreen, type Screen } from '../../server/run/terminal-screen.ts';
import { createTail } from '../../server/run/terminal-tail.ts';

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as typeof import('@xterm/headless');
const SIZE = { columns: 40, rows: 10 };

const piece = fc.constantFrom(
  ...['plain', 'ü漢🙂', '\r\n', '\t', '\u001b[31m', '\u001b[0;1;38;5;200m', '\u001b[2J', '\u001b[5;7H', '\u001b[K'],
  ...[
    '\u001b]0;a title\u0007',
    '\u001b]8;;https://example.org\u001b\\',
    '\u001bPq#0\u001b\\',
    '\u001b[?25l',
    '\u001b(B',
  ],
  ...['\u001b[?1049h', '\u001b[?1049l', '\u001b7', '\u001b8', '\u001bM', '\u001b[3L', '\u001b[?2004h'],
);

describe('a cut stream', () => {
  it('is whole again with what the tail held back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.nat(), async (pieces, at) => {
        const bytes = Buffer.from(pieces.join(''));
        const cut = bytes.length === 0 ? 0 : at % (bytes.length + 1);
        const screen = await openScreen({ size: SIZE, answer: () => undefined, titled: () => undefined });
        screen.write(bytes.subarray(0, cut), () => undefined);
        const snapshot = await taken(screen);
        screen.close();
        expect(await drawn([snapshot, bytes.subarray(cut)])).toBe(await drawn([bytes]));
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a whole sequence', '\u001b[31mred', ''],
    ['an escape alone', 'a\u001b', '\u001b'],
    ['half a colour', 'a\u001b[38;5', '\u001b[38;5'],
    ['a title that goes on', 'a\u001b]0;half', '\u001b]0;half'],
    ['a title that ended', 'a\u001b]0;whole\u0007b', ''],
    ['half a terminator', '\u001b]0;x\u001b', '\u001b'],
  ])('holds back of %s what is not whole', (_what, text, rest) => {
    const tail = createTail();
    for (const byte of Buffer.from(text)) tail.take(Buffer.from([byte]));
    expect(tail.rest().toString()).toBe(rest);
  });

  it('gives a sequence up that never ends', () => {
    const tail = createTail();
    tail.take(Buffer.from(`\u001b]0;${'x'.repeat(70_000)}`));
    expect(tail.rest()).toHaveLength(0);
  });
});

const taken = (screen: Screen) => new Promise<Buffer>((resolve) => screen.snapshot(({ bytes }) => resolve(bytes)));

/** What is seen after these bytes. */
async function drawn(parts: Buffer[]): Promise<string> {
  const terminal = new Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  for (const part of parts) terminal.write(part);
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
  terminal.dispose();
  return lines.join('\n').trimEnd();
}
