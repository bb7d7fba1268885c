/** Where the page stands, as it is written in the address. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSessionId } from '../../shared/ids.ts';
import { readPlace, writePlace, type Place } from '../../web/lib/place.svelte.ts';

describe('readPlace', () => {
  it.each([
    ['', { session: null, file: null, line: null, front: 'chat' }],
    ['?session=../../etc&file=&line=3', { session: null, file: null, line: null, front: 'chat' }],
    ['?file=a.ts&line=-1', { session: null, file: 'a.ts', line: null, front: 'chat' }],
    ['?file=a.ts&line=1e9x', { session: null, file: 'a.ts', line: null, front: 'chat' }],
    ['?line=12', { session: null, file: null, line: null, front: 'chat' }],
    ['?file=a.ts&line=12', { session: null, file: 'a.ts', line: 12, front: 'chat' }],
    ['?view=audit', { session: null, file: null, line: null, front: 'audit' }],
    ['?view=policy', { session: null, file: null, line: null, front: 'policy' }],
    ['?view=else', { session: null, file: null, line: null, front: 'chat' }],
    ['?view=audit&file=a.ts', { session: null, file: 'a.ts', line: null, front: 'chat' }],
  ])('reads %s', (search, wanted) => {
    expect(readPlace(search)).toEqual(wanted);
  });

  it('reads back what it wrote, whatever the name of the file', () => {
    const places = fc.record({
      session: fc.constantFrom(null, newSessionId()),
      file: fc.string({ unit: 'grapheme', minLength: 1 }),
      line: fc.option(fc.integer({ min: 1, max: 1e6 })),
      front: fc.constant('chat' as const),
    });
    fc.assert(
      fc.property(places, (at: Place) => {
        expect(readPlace(writePlace(at).slice(1))).toEqual(at);
      }),
    );
  });
});
