/** Writing to the agent: names behind an @, earlier words on the arrow, drafts that outlive a reload, words as they were written. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyTimeline, type TimelineItem } from '../../shared/timeline.ts';
import { newMessageId, newTurnId } from '../../shared/ids.ts';
import { whoWords } from '../../web/approval/who.ts';
import { readDraft, writeDraft } from '../../web/chat/drafts.ts';
import { mentionAt, named, withMention } from '../../web/chat/mention.ts';
import { recalled, saidBefore } from '../../web/chat/recall.ts';
import { wordsOf } from '../../web/chat/spans.ts';
import { waitsFor } from '../../web/chat/waits.ts';

const user = (text: string): TimelineItem => ({ kind: 'user', key: newMessageId(), at: '', text, queued: false });

describe('a file behind an @', () => {
  it('is sought by the word that the caret stands in', () => {
    expect(mentionAt('look at @src/cl', 15)).toEqual({ start: 8, query: 'src/cl' });
    expect(mentionAt('@', 1)).toEqual({ start: 0, query: '' });
    expect(mentionAt('(@a', 3)).toEqual({ start: 1, query: 'a' });
  });

  it.each([
    ['an address', 'me@example.org', 14],
    ['a word that has ended', '@src and', 8],
    ['no @ at all', 'src', 3],
    ['an @ behind the caret', 'a @src', 1],
  ])('is not sought in %s', (_what, text, caret) => {
    expect(mentionAt(text, caret)).toBeNull();
  });

  it('takes the place of the word, with one blank behind it', () => {
    const mention = mentionAt('see @cl now', 7)!;
    expect(withMention('see @cl now', mention, 'src/client.ts')).toEqual({ text: 'see @src/client.ts now', caret: 19 });
  });

  it('goes along only while the text names it', () => {
    expect(named('see @src/a.ts, and @src/a.ts', ['src/a.ts', 'src/a.ts', 'src/b.ts'])).toEqual(['src/a.ts']);
    expect(named('see @src/a.tsx', ['src/a.ts'])).toEqual([]);
  });
});

describe('the up arrow', () => {
  const said = saidBefore([user('one'), user('two'), user('two'), user('three')]);

  it('goes back through what was said, and forth again', () => {
    expect(said).toEqual(['three', 'two', 'one']);
    expect(recalled(said, '', 1)).toBe('three');
    expect(recalled(said, 'three', 1)).toBe('two');
    expect(recalled(said, 'one', 1)).toBeNull();
    expect(recalled(said, 'two', -1)).toBe('three');
    expect(recalled(said, 'three', -1)).toBe('');
  });

  it('leaves what one has written oneself', () => {
    expect(recalled(said, 'my own words', 1)).toBeNull();
  });
});

describe('a draft', () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });
  });
  afterEach(() => void Reflect.deleteProperty(globalThis, 'localStorage'));

  it('is kept by session, with the files that were picked', () => {
    writeDraft('a', { text: 'see @x', files: ['x'] });
    writeDraft('b', { text: 'other', files: [] });
    expect(readDraft('a')).toEqual({ text: 'see @x', files: ['x'] });
    expect(readDraft('c')).toEqual({ text: '', files: [] });
  });

  it('is forgotten when it is sent', () => {
    writeDraft('a', { text: 'words', files: [] });
    writeDraft('a', { text: '', files: [] });
    expect([...kept.values()].join('')).not.toContain('words');
  });

  it('does not grow without bound: the oldest goes', () => {
    for (let i = 0; i < 50; i++) writeDraft(`s${i}`, { text: `text ${i}`, files: [] });
    expect(readDraft('s0').text).toBe('');
    expect(readDraft('s49').text).toBe('text 49');
  });

  it('is nothing where storage holds something else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (held) => {
        kept.set('vtcode.drafts', held);
        expect(readDraft('a').text).toBeTypeOf('string');
      }),
    );
  });
});

describe('words', () => {
  it('of a person are text and code between backticks, and nothing is lost of them', () => {
    expect(wordsOf('run `npm test` **now** `')).toEqual([
      { code: false, text: 'run ' },
      { code: true, text: 'npm test' },
      { code: false, text: ' **now** `' },
    ]);
  });

  it('name an actor from where the reader stands', () => {
    expect(whoWords('user:dev/log_1', 'log_1')).toBe('you');
    expect(whoWords('user:dev/log_2', 'log_1')).toBe('dev, elsewhere');
    expect(whoWords('system', 'log_1')).toBe('vtcode');
    expect(whoWords('agent:opus', 'log_1')).toBe('opus');
  });

  it('say what a turn waits for', () => {
    const running = { ...emptyTimeline(), turn: { id: newTurnId(), state: 'running', mode: 'ask' } } as const;
    expect(waitsFor(running, 0)).toBe('Waiting for the model');
    expect(waitsFor(running, 1)).toBe('');
    expect(waitsFor(emptyTimeline(), 0)).toBe('');
  });
});
