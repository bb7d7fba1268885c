/** Where the page stands, as it is written in the address. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSessionId } from '../../shared/ids.ts';
import { readPlace, writePlace, type Place } from '../../web/lib/place.svelte.ts';

describe('readPlace', () => {
  it.each([
    ['', { session: null, file: null, line: null, audit: false }],
    ['?session=../../etc&file=&line=3', { session: null, file: null, line: null, audit: false }],
    ['?file=a.ts&line=-1', { session: null, file: 'a.ts', line: null, audit: false }],
    ['?file=a.ts&line=1e9x', { session: null, file: 'a.ts', line: null, audit: false }],
    ['?line=12', { session: null, file: null, line: null, audit: false }],
    ['?file=a.ts&line=12', { session: null, file: 'a.ts', line: 12, audit: false }],
    ['?view=audit', { session: null, file: null, line: null, audit: true }],
    ['?view=audit&file=a.ts', { session: null, file: 'a.ts', line: null, audit: false }],
  ])('reads %s', (search, wanted) => {
    expect(readPlace(search)).toEqual(wanted);
  });

  it('reads back what it wrote, whatever the name of the file', () => {
    const places = fc.record({
      session: fc.constantFrom(null, newSessionId()),
      file: fc.string({ unit: 'grapheme', minLength: 1 }),
      line: fc.option(fc.integer({ min: 1, max: 1e6 })),
      audit: fc.constant(false),
    });
    fc.assert(
      fc.property(places, (at: Place) => {
        expect(readPlace(writePlace(at).slice(1))).toEqual(at);
      }),
    );
  });
});
