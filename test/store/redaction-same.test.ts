/** The quick redaction masks what the plain one does, which tries every shape on every text: the same places, names and numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction, type RedactionOptions } from '../../server/store/redaction.ts';
import { SHAPES } from '../../server/store/secret-shapes.ts';
import { plainRedaction } from '../fixtures/plain-redaction.ts';
import { hostileText } from '../fixtures/sealed.ts';
import { HELD, SECRETS } from '../fixtures/secrets.ts';
import { runs } from '../long.ts';

const WORDS = ['Zebra', 'ox'];
const OPTIONS: RedactionOptions = {
  ...{ known: [HELD, 'short'], home: '/home/ann', root: '/srv/shop/front', host: 'workbench-7', user: 'annabel' },
  keep: [],
};

/** How a text may be written that is a secret: as it is, encoded, wrapped, in pieces, with a sign in between, in other letters. */
const WRITTEN: ((text: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(` ${text}`).toString('base64'),
  (text) => Buffer.from(`x${text}`).toString('base64url'),
  (text) =>
    Buffer.from(`${'words '.repeat(20)}${text}`)
      .toString('base64')
      .replace(/(.{64})/g, '$1\n'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => Buffer.from(` ${text}`, 'utf16le').toString('base64'),
  (text) => [...Buffer.from(text)].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', '),
  (text) => encodeURIComponent(text),
  (text) => JSON.stringify(JSON.stringify(text)),
  (text) => [...text].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  (text) => [...text].map((sign) => `&#${sign.charCodeAt(0)};`).join(''),
  (text) => `${text.slice(0, 9)}\n${text.slice(9)}`,
  (text) => `${text.slice(0, 9)}" + "${text.slice(9)}`,
  (text) => text.toUpperCase(),
  (text) => text.replaceAll('k', '\u212a').replaceAll('s', '\u017f'),
  (text) => text.slice(0, -4),
  (text) => text.slice(3),
];

const known = [
  HELD,
  '/home/ann/x',
  '/srv/shop/front',
  'workbench-7',
  'annabel',
  'ann@example.org',
  '10.1.2.3',
  ...WORDS,
];
const secret = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...SECRETS).map(([, held, text]) => text?.(held) ?? held),
      fc.constantFrom(...known),
      fc.constantFrom(...SHAPES).chain(({ pattern }) => near(pattern)),
    ),
    fc.constantFrom(...WRITTEN),
  )
  .map(([text, write]) => write(text));

/** What a shape matches, or nearly: its own pattern as a source of texts, without what looks around. */
function near({ source }: RegExp): fc.Arbitrary<string> {
  const plain = source
    .replaceAll('(?:(?<![A-Za-z0-9_])|(?<=\\\\[nrt]))', '')
    .replace(/\(\?<?[!=](?:[^()[\]]|\[[^\]]*\]|\([^()]*\))*\)/g, '')
    .replace(/\{(\d+),(?:\d+)?\}/g, (_, least: string) => `{${least},${Number(least) + 3}}`)
    .replaceAll('\\b', '');
  return fc.stringMatching(new RegExp(plain));
}

const joint = fc.constantFrom('', ' ', '\n', '"', '\\n', '=', ': ', '.', '@', 'x', '_', '\u001b[31m', '\u200b');
const text = fc
  .array(fc.oneof(secret, hostileText, joint, fc.constantFrom('password', 'token', 'api_key', '--secret')), {
    maxLength: 5,
  })
  .map((pieces) => pieces.join(''));

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 7),
    fc.array(text, { maxLength: 4 }),
    fc.array(fc.record({ type: fc.constant('text'), text }), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom('password', 'content', 'text', '__proto__'), text), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value;

const KEEPS: RedactionOptions['keep'][] = [[], ['email', 'home', 'host', 'user'], ['home directory']];

describe('the quick redaction', () => {
  it('has a needle for each shape that asks for one: what the shape matches holds it', () => {
    for (const { name, pattern, needles } of SHAPES) {
      if (needles.length === 0) continue;
      fc.assert(
        fc.property(near(pattern), (made) => {
          pattern.lastIndex = 0;
          const match = pattern.exec(made);
          if (match === null) return;
          const lower = match[0].toLowerCase();
          expect(
            needles.some((needle) => lower.includes(needle)),
            `${name}: ${match[0]}`,
          ).toBe(true);
        }),
        { numRuns: runs(30) },
      );
    }
  });

  it('makes of any data what the plain one makes, and counts the same', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...KEEPS),
        fc.boolean(),
        (all, keep, own) => {
          const options = { ...OPTIONS, keep };
          const words = own ? WORDS : [];
          const quick = createRedaction(options, { words, onFound: () => undefined });
          const plain = plainRedaction(options, words);
          // Twice: what is remembered of the first time changes nothing.
          for (const one of [...all, ...all]) {
            const made = quick.data(one);
            expect(made).toEqual(plain.data(one));
            expect(JSON.stringify(made) === JSON.stringify(one) ? made === one : made !== one).toBe(true);
          }
          expect(quick.findings()).toEqual(plain.findings());
        },
      ),
      { numRuns: runs(400) },
    );
  });

  it('makes of texts in parts what the plain one makes', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 5 }), (whole, cuts) => {
        const places = [...new Set([0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length])].sort(
          (a, b) => a - b,
        );
        const parts = places.slice(1).map((to, i) => whole.slice(places[i]!, to));
        expect(createRedaction(OPTIONS).parts(parts)).toEqual(plainRedaction(OPTIONS, []).parts(parts));
      }),
      { numRuns: runs(200) },
    );
  });
});
