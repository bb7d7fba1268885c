/** The search over all that the sessions hold, and how they are arranged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newActionId, newCallId, newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { commandAction } from '../fixtures/confined.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';
import { openStore, type Store } from '../../server/store/store.ts';

const USER = 'user:ada/search_test';

function say({ log }: Pick<Store, 'log'>, session: SessionId, text: string) {
  const data = { messageId: newMessageId(), text, delivery: 'start' as const };
  return log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER });
}

async function filled() {
  const store = await tempStore();
  const make = (title: string) => store.sessions.create(title, USER);
  const find = (query: string, cursor: string | null = null) =>
    store.sessions.list({ query, cursor, archived: false }).sessions;
  return { ...store, make, find };
}

describe('the search of sessions', () => {
  it('finds what was said, answered, run and printed, with the words around it', async () => {
    const { make, find, ...store } = await filled();
    const [said, answered, ran, printed] = [make('a'), make('b'), make('c'), make('d')];
    const at = { turn: newTurnId(), actor: USER } as const;
    say(store, said, 'why does the tokenizer drop the semicolon');
    const parts = [{ type: 'text' as const, text: 'Because the lexer swallows it.' }];
    const by = { messageId: newMessageId(), provider: 'p', model: 'm', stop: 'end' as const };
    store.log.record({ type: 'message.assistant', data: { ...by, parts }, session: answered, ...at });
    const action = commandAction('npm run measure');
    const verdict = { decision: 'allow' as const, reasons: [], inspectable: true, commands: [] };
    const proposed = { actionId: newActionId(), callId: newCallId(), action, digest: '0'.repeat(64), verdict };
    store.log.record({ type: 'action.proposed', data: proposed, session: ran, ...at });
    const content = '3 tests failed: quicksort\nmore that is not searched: mergesort';
    const answer = { callId: newCallId(), isError: false, content, truncated: false };
    store.log.record({ type: 'tool.answered', data: answer, session: printed, ...at });
    expect(find('tokenizer').map(({ id }) => id)).toEqual([said]);
    expect(find('LEXER swallows').map(({ id }) => id)).toEqual([answered]);
    expect(find('npm measure').map(({ id }) => id)).toEqual([ran]);
    expect(find('quicks').map(({ id }) => id)).toEqual([printed]);
    expect(find('mergesort')).toEqual([]);
    const { match } = find('semicolon')[0]!;
    expect(match).toMatchObject({ type: 'message.user' });
    expect(match!.spans.map(({ from, to }) => match!.text.slice(from, to))).toEqual(['semicolon']);
  });

  it('finds a part of a title, wants every word, and is not fooled by what the query language means', async () => {
    const { make, find, ...store } = await filled();
    const session = make('100% of the parser');
    say(store, session, 'first second');
    say(store, session, 'third');
    expect(find('0% of').map(({ id }) => id)).toEqual([session]);
    expect(find('_%')).toEqual([]);
    expect(find('second first')).toHaveLength(1);
    expect(find('first third')).toEqual([]);
    for (const query of [
      '"',
      '*',
      'a OR b',
      'text:first',
      'NEAR(first second)',
      '(',
      '-first',
      '^',
      '\0',
      "'; DROP TABLE search; --",
    ])
      expect(() => find(query), query).not.toThrow();
    expect(find('first OR nothing')).toEqual([]);
  });

  it('shows the newest place of each session', async () => {
    const { make, find, ...store } = await filled();
    const [a, b] = [make('a'), make('b')];
    for (const [session, text] of [
      [a, 'needle one'],
      [b, 'needle two'],
      [a, 'needle three'],
      [b, 'no more'],
    ] as const)
      say(store, session, text);
    expect(find('needle').map(({ id, match }) => [id, match!.text])).toEqual([
      [a, 'needle three'],
      [b, 'needle two'],
    ]);
  });

  it.each([
    ['small', 'one Small step', 'one Small step', ['Small']],
    ['resume cafe', 'a Résumé in a café.', 'a Résumé in a café.', ['Résumé', 'café']],
    ['nee', `${'many words before it '.repeat(9)}a needle there`, '…words before it a needle there', ['needle']],
    ['needle', `needle ${'after it '.repeat(40)}`, `needle ${'after it '.repeat(7)}after…`, ['needle']],
    ['parse_config', 'call parse_config(1)', 'call parse_config(1)', ['parse', 'config']],
    ['needle', '\u0002fake\u0003needle\u0003\u0002', 'fake needle', ['needle']],
  ])('marks %j in its place', async (query, text, shown, marked) => {
    const { make, find, ...store } = await filled();
    say(store, make('x'), text);
    const { match } = find(query)[0]!;
    expect(match!.text).toBe(shown);
    expect(match!.spans.map(({ from, to }) => match!.text.slice(from, to))).toEqual(marked);
  });

  it('finds the others behind a session that holds most of the matches', async () => {
    const { make, ...store } = await filled();
    const [few, many] = [make('few'), make('many')];
    say(store, few, 'a common word');
    const data = () => ({ messageId: newMessageId(), text: 'common', delivery: 'steer' as const });
    const at = { session: many, turn: newTurnId(), actor: USER } as const;
    const said = Array.from({ length: LIMITS.searchLooked.value / 4 }, () => ({
      type: 'message.user' as const,
      data: data(),
      ...at,
    }));
    store.log.recordAll(said);
    const page = store.sessions.list({ query: 'common', cursor: null, archived: false });
    expect(page.sessions.map(({ id }) => id)).toEqual([many, few]);
    expect(page.next).toBeNull();
  });

  /** The ids on each page, one after the other; `between` is called before each further one. */
  function paged({ sessions }: Pick<Store, 'sessions'>, query: string, between: () => void = () => undefined) {
    const pages: SessionId[][] = [];
    for (let cursor: string | null = null; ;) {
      const page: ReturnType<typeof sessions.list> = sessions.list({ query, cursor, archived: false });
      pages.push(page.sessions.map(({ id }) => id));
      cursor = page.next;
      if (cursor === null) return pages;
      between();
    }
  }

  it('brings every session once over its pages, newest match first, though each has older matches too', async () => {
    const { make, ...store } = await filled();
    const made = Array.from({ length: 120 }, (_, i) => make(`session ${i}`));
    for (const _ of [1, 2, 3]) for (const session of made) say(store, session, 'common word');
    const pages = paged(store, 'common');
    expect(pages.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(pages.flat()).toEqual(made.toReversed());
  });

  it('brings each of them once although more is said between two pages', async () => {
    const { make, ...store } = await filled();
    const made = Array.from({ length: 120 }, (_, i) => make(`session ${i}`));
    for (const session of made) say(store, session, 'common word');
    const pages = paged(store, 'common', () => {
      for (const i of [5, 80, 119]) say(store, made[i]!, 'common again'); // one that was shown, and one that was not
      say(store, make('new'), 'common');
    });
    expect(pages.flat()).toEqual(made.toReversed());
  });

  it('goes on behind a session that holds more matches than one page looks at, and does not name it again', async () => {
    const { make, ...store } = await filled();
    const [few, many] = [make('few'), make('many')];
    say(store, few, 'a common word');
    const one = () => ({
      type: 'message.user' as const,
      data: { messageId: newMessageId(), text: 'common', delivery: 'steer' as const },
      ...({ session: many, turn: null, actor: USER } as const),
    });
    store.log.recordAll(Array.from({ length: LIMITS.searchLooked.value + 5 }, one));
    expect(paged(store, 'common')).toEqual([[many], [few]]);
  });

  it('is right whatever stands between what: each session with its newest match', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.nat(70), times: fc.integer({ min: 1, max: 90 }), hit: fc.boolean() }), {
          maxLength: 90,
        }),
        async (said) => {
          const store = await openStore(tempDir(), testSeals(tempDir()));
          try {
            const made = Array.from({ length: 71 }, (_, i) => store.sessions.create(`s ${i}`, USER));
            const newest = new Map<SessionId, number>();
            for (const { who, times, hit } of said)
              for (let i = 0; i < times; i++) {
                const { seq } = say(store, made[who]!, hit ? 'common' : 'other');
                if (hit) newest.set(made[who]!, seq);
              }
            const wanted = [...newest].sort(([, a], [, b]) => b - a).map(([id]) => id);
            expect(paged(store, 'common').flat()).toEqual(wanted);
          } finally {
            store.close();
          }
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('sessions', () => {
  it('stand as they were arranged: pinned ones first, archived ones apart, found all the same', async () => {
    const { make, find, sessions, ...store } = await filled();
    const [a, b, c] = [make('alpha'), make('beta'), make('gamma')];
    sessions.change(a, { pinned: true, title: 'alpha one' }, USER);
    sessions.change(b, { archived: true }, USER);
    const listed = (archived: boolean) =>
      sessions.list({ query: '', cursor: null, archived }).sessions.map(({ id }) => id);
    expect(listed(false)).toEqual([a, c]);
    expect(listed(true)).toEqual([b]);
    expect(find('bet').map(({ id, archived }) => ({ id, archived }))).toEqual([{ id: b, archived: true }]);
    const before = store.log.head();
    sessions.change(a, { pinned: true, archived: false }, USER);
    expect(store.log.head()).toBe(before);
    expect(sessions.get(a)).toMatchObject({ title: 'alpha one', pinned: true, archived: false });
  });
});
