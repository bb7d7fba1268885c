/** A file of records gives back what was written, event for event; and says where it was touched. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { newMessageId } from '../../shared/ids.ts';
import { readFront, writeFront, type Front } from '../../server/store/md/front.ts';
import { eventLine, readRecordFile } from '../../server/store/md/file.ts';
import { recordBatch, recordHead } from '../../server/store/md/render.ts';
import { hostileSession, hostileText, seal } from '../fixtures/sealed.ts';
import { runs } from '../long.ts';

const file = (events: readonly SessionEvent[], title = 'A session', size = 3): string => {
  const { chain, at } = events[0]!;
  let text = recordHead({ chain, title, created: at });
  for (let i = 0; i < events.length; i += size) text += recordBatch(events.slice(i, i + size));
  return text;
};

const says = (text: string): SessionEvent[] => {
  const read = readRecordFile(text, 'a.md');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.file.events.map(({ event }) => event);
};

const problem = (text: string) => {
  const read = readRecordFile(text, 'a.md');
  return read.ok ? null : read.problems[0]!;
};

const talk = (...texts: string[]) =>
  seal([
    { type: 'session.created', data: { title: 'A session' } },
    ...texts.map((text) => ({
      type: 'message.user' as const,
      data: { messageId: newMessageId(), text, delivery: 'start' as const },
    })),
  ]);

describe('a file of records', () => {
  it('gives back each event, byte for byte, whatever is in it', () => {
    fc.assert(
      fc.property(hostileSession, hostileText, fc.integer({ min: 1, max: 5 }), (events, title, size) => {
        const read = says(file(events, title, size));
        expect(read.map(eventLine)).toEqual(events.map(eventLine));
        expect(read).toEqual(events);
      }),
      { numRuns: runs(100) },
    );
  });

  it('survives an editor that ends lines as Windows does', () => {
    fc.assert(
      fc.property(hostileSession, (events) => {
        expect(says(file(events).replaceAll('\n', '\r\n'))).toEqual(events);
      }),
      { numRuns: runs(20) },
    );
  });

  it('tells the line of an event that was edited by hand', () => {
    const text = file(talk('one', 'two', 'three'));
    const edited = text.replace('"text":"two"', '"text":"TWO"');
    const line = edited.split('\n').findIndex((one) => one.includes('"text":"TWO"')) + 1;
    expect(problem(edited)).toMatchObject({
      file: 'a.md',
      line,
      message: expect.stringContaining('not what was recorded'),
    });
  });

  it('tells which event was taken out, put twice, or moved', () => {
    const events = talk('one', 'two', 'three');
    const [a, b, c, d] = events as [SessionEvent, SessionEvent, SessionEvent, SessionEvent];
    expect(problem(file([a, b, d]))?.message).toContain('event 3 is missing');
    expect(problem(file([a, b, b, c]))?.message).toContain('event 2 stands twice');
    expect(problem(file([a, c, b, d]))?.message).toContain('expected event 2, came event 3');
    const other = { ...talk('other')[1]! };
    expect(problem(file([a, b, { ...other, chain: a.chain } as SessionEvent]))?.message).toContain(
      'two versions were merged',
    );
    expect(problem(file([a, other]))?.message).toContain('two files were merged');
    expect(problem(file([{ ...a, actor: 'user:eve/x' }]))?.message).toContain('not what was recorded');
  });

  it('does not take an approval that somebody wrote into it', () => {
    const events = talk('one');
    const forged = seal([
      { type: 'session.created', data: { title: 'x' } },
      { type: 'trust.granted', data: { digest: 'a'.repeat(64), files: [] }, actor: 'user:ann/log' },
    ])[1]!;
    const text = file(events) + recordBatch([{ ...forged, chain: events[0]!.chain, chainSeq: 3 } as SessionEvent]);
    expect(problem(text)?.message).toContain('does not follow');
  });

  it('tells the marks of a merge, wherever git left them', () => {
    const text = file(talk('one', 'two'), 'A', 1);
    const lines = text.split('\n');
    for (const at of [lines.length - 1, lines.findIndex((line) => line.startsWith('{"v"')) + 1]) {
      const merged = [...lines.slice(0, at), '<<<<<<< HEAD', ...lines.slice(at)].join('\n');
      expect(problem(merged)).toMatchObject({ line: at + 1, message: expect.stringContaining('merge') });
    }
  });

  it('takes what is whole of a file that was cut while it was written, at any byte after its head', () => {
    const events = talk('one', 'two');
    const text = file(events, 'A', 2);
    const head = text.indexOf('<details>');
    for (let length = head; length < text.length; length++) {
      const read = readRecordFile(text.slice(0, length), 'a.md');
      if (!read.ok) throw new Error(`cut at ${length}: ${JSON.stringify(read.problems)}`);
      const kept = read.file.events.map(({ event }) => event);
      expect(kept).toEqual(events.slice(0, kept.length));
      if (kept.length < 2 && text.slice(0, length).includes('json vtcode-events\n'))
        expect(read.file.torn).not.toBeNull();
    }
  });

  it('does not take a cut in the middle for one at the end', () => {
    const text = file(talk('one', 'two'), 'A', 1);
    const at = text.indexOf('"text":"one"');
    expect(problem(text.slice(0, at) + text.slice(at + 40))?.message).toContain('one line of JSON');
  });
});

const FRONT: Front = {
  vtcode: 1,
  kind: 'record',
  chain: 'workspace',
  title: 'A',
  created: '2026-01-02T03:04:05.000000Z',
  redacted: false,
};

describe('front matter', () => {
  it('gives back every title', () => {
    fc.assert(
      fc.property(hostileText, (title) => {
        const text = writeFront({ ...FRONT, title });
        const read = readFront(text.split('\n'), 'a.md');
        expect(read).toEqual({ ok: true, front: { ...FRONT, title }, end: 8 });
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/);
      }),
      { numRuns: runs(200) },
    );
  });

  const good = writeFront(FRONT).split('\n');
  it.each([
    ['a language', 1, ['---js', 'alert(1)', '---']],
    ['nothing', 1, ['']],
    ['a tag', 4, [...good.slice(0, 3), 'chain: !!js/function "function () {}"', ...good.slice(4)]],
    ['an anchor', 5, [...good.slice(0, 4), 'title: &a "x"', ...good.slice(5)]],
    ['an alias', 5, [...good.slice(0, 4), 'title: *a', ...good.slice(5)]],
    ['a list', 5, [...good.slice(0, 4), 'title: [1, 2]', ...good.slice(5)]],
    ['a map', 5, [...good.slice(0, 4), 'title: {a: 1}', ...good.slice(5)]],
    ['a block of text', 5, [...good.slice(0, 4), 'title: |', '  x', ...good.slice(5)]],
    ['nesting', 6, [...good.slice(0, 5), '  more: 1', ...good.slice(5)]],
    ['bare words', 5, [...good.slice(0, 4), 'title: a b', ...good.slice(5)]],
    ['single quotes', 5, [...good.slice(0, 4), "title: 'a'", ...good.slice(5)]],
    ['a broken text', 5, [...good.slice(0, 4), 'title: "a', ...good.slice(5)]],
    ['a comment', 6, [...good.slice(0, 5), '# more', ...good.slice(5)]],
    ['a key twice', 6, [...good.slice(0, 5), 'title: "x"', ...good.slice(5)]],
    ['a key of every object', 6, [...good.slice(0, 5), '__proto__: 1', ...good.slice(5)]],
    ['another of those', 1, [...good.slice(0, 5), 'constructor: 1', ...good.slice(5)]],
    ['no end', 1, good.slice(0, 6)],
    [
      'no end in many lines',
      26,
      [...good.slice(0, 6), ...Array.from({ length: 500 }, (_, i) => `${'x'.repeat(i + 1)}: 1`)],
    ],
    ['another form', 1, [good[0]!, 'vtcode: 2', ...good.slice(2)]],
  ])('refuses %s, and says where', (_what, line, lines) => {
    const read = readFront(lines, 'a.md');
    if (read.ok) throw new Error('it was taken');
    expect(read.problem).toMatchObject({ file: 'a.md', line });
  });
});
