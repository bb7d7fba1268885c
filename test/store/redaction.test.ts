/** What leaves masked holds no secret: each shape, in each form it may be written, and however it is cut into parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../server/store/redaction.ts';
import { any, HELD, SECRETS } from '../fixtures/secrets.ts';
import { runs } from '../long.ts';

const make = (keep: ('home' | 'host')[] = []) =>
  createRedaction({
    known: [HELD],
    home: '/home/ann',
    root: '/srv/shop/front',
    host: 'workbench-7',
    user: 'annabel',
    keep,
  });

const TOKENS = SECRETS.filter(([, , text]) => text === undefined);

const FORMS: [name: string, write: (secret: string) => string][] = [
  ['base64', (secret) => Buffer.from(`value: ${secret}`).toString('base64')],
  ['base64 for URLs', (secret) => Buffer.from(`x ${secret} y`).toString('base64url')],
  ['base64, shifted', (secret) => Buffer.from(`1:${secret}`).toString('base64')],
  [
    'base64, wrapped',
    (secret) =>
      Buffer.from(`${'line of words '.repeat(8)} ${secret} ${'more words '.repeat(8)}`)
        .toString('base64')
        .replace(/(.{76})/g, '$1\n'),
  ],
  ['base64, twice', (secret) => Buffer.from(Buffer.from(` ${secret} `).toString('base64')).toString('base64')],
  ['base64 of UTF-16', (secret) => Buffer.from(` ${secret} `, 'utf16le').toString('base64')],
  ['hex of UTF-16', (secret) => Buffer.from(secret, 'utf16le').toString('hex')],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['HEX', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['a URL', (secret) => encodeURIComponent(` ${secret}`)],
  [
    'a URL, every sign',
    (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  ],
  ['JSON', (secret) => JSON.stringify({ out: `a\n${secret}\n"` })],
  ['JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ out: secret }))],
  ['escapes', (secret) => [...secret].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')],
  ['HTML', (secret) => [...secret].map((sign) => `&#${sign.charCodeAt(0)};`).join('')],
];

/** In what was left, nothing of it is to be read, as it is or decoded. */
function expectGone(masked: string, secret: string): void {
  const views = [masked, masked.replaceAll('\\"', '"')];
  for (const run of masked.match(/[A-Za-z0-9+/_=-]{12,}/g) ?? [])
    views.push(Buffer.from(run, 'base64').toString('latin1'));
  for (const run of masked.match(/[0-9a-fA-F]{16,}/g) ?? []) views.push(Buffer.from(run, 'hex').toString('latin1'));
  for (const view of views) expect(view).not.toContain(secret);
}

describe('redaction', () => {
  it('knows more than forty shapes', () => {
    expect(new Set(SECRETS.map(([name]) => name)).size).toBeGreaterThan(50);
  });

  it.each(SECRETS)('masks %s and leaves the rest', (_name, secret, text = (value: string) => `it is ${value} here`) => {
    const redaction = make();
    const masked = redaction.text(`before\n${text(secret)}\nafter`);
    expectGone(masked, secret);
    expect(masked.startsWith('before\n')).toBe(true);
    expect(masked.endsWith('after')).toBe(true);
    expect(masked).toContain('[redacted secret]');
    expect(redaction.findings()).toEqual([expect.objectContaining({ kind: 'secret' })]);
  });

  describe.each(FORMS)('in %s', (_form, write) => {
    it.each(TOKENS)('masks %s', (_name, secret) => {
      const redaction = make();
      const masked = redaction.text(`before (${write(secret)}) after`);
      expect(masked).toContain('[redacted secret]');
      expect(masked).not.toContain(write(secret));
      expectGone(masked, secret);
      expect(masked).toMatch(/^before \(.*\) after$/s);
    });
  });

  it('masks what is spread over parts, wherever it is cut', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), cuts, ([, secret, text = (value: string) => ` ${value} `], at) => {
        const whole = `before ${text(secret)} after`;
        const ends = [...new Set(at.map((place) => place % whole.length))].sort((a, b) => a - b);
        const parts = [0, ...ends].map((from, i) => whole.slice(from, ends[i] ?? whole.length));
        const masked = make().parts(parts);
        expect(masked).toHaveLength(parts.length);
        expect(masked.join('')).toBe(make().text(whole));
        expectGone(masked.join(''), secret);
      }),
      { numRuns: runs(200) },
    );
  });

  it('masks a held key that is wrapped, coloured or put together of pieces', () => {
    const key = any(40);
    const [a, b] = [key.slice(0, 19), key.slice(19)];
    const redaction = createRedaction({ known: [key], home: '', root: '', host: '', user: '', keep: [] });
    for (const text of [
      `${a}\n${b}`,
      `${a}\\n    ${b}`,
      `${a}\u001b[0m\u001b[31m${b}`,
      `${a}\u200b${b}`,
      `'${a}' + '${b}'`,
    ]) {
      const masked = redaction.text(`x ${text} y`);
      expect(masked).not.toContain(a);
      expect(masked).not.toContain(b);
    }
  });

  it('masks every text of plain data, its keys, lines of a diff and parts of a message', () => {
    const key = `sk-ant-api03-${any(40)}`;
    const masked = make().data({
      [key]: 1,
      nested: [{ deep: { file: `/home/ann/${key}.txt` } }],
      argv: ['deploy', '--token', 'correct-horse-battery'],
      hunk: ['+-----BEGIN PRIVATE KEY-----', `+${any(64)}`, '+-----END PRIVATE KEY-----'],
      parts: [
        { type: 'text', text: key.slice(0, 20) },
        { type: 'text', text: key.slice(20) },
      ],
      count: 3,
      none: null,
    });
    const text = JSON.stringify(masked);
    for (const piece of [key, key.slice(0, 20), key.slice(20), 'correct-horse', any(64), '/home/ann'])
      expect(text).not.toContain(piece);
    expect(masked.hunk).toHaveLength(3);
    expect(masked.argv.slice(0, 2)).toEqual(['deploy', '--token']);
    expect([masked.count, masked.none]).toEqual([3, null]);
  });

  it.each([
    ['cat /home/ann/notes.txt', 'cat ~/notes.txt'],
    ['cd /srv/shop/front/src', 'cd [workspace]/src'],
    ['/srv/shop/frontend', '/srv/shop/frontend'],
    [`/${'Users'}/bob/a and C:\\Users\\bob\\a`, '~/a and ~\\a'],
    ['ann@example.org wrote', '[redacted e-mail] wrote'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['ssh workbench-7 and 192.168.3.4:80', 'ssh [redacted host] and [redacted host]:80'],
    ['http://build.corp.internal/x', 'http://[redacted host]/x'],
    ['drwx annabel annabels', 'drwx [redacted user] annabels'],
    ['fe80::1ff:fe23:4567:890a up', '[redacted host] up'],
  ])('masks %j as %j', (text, masked) => {
    expect(make().text(text)).toBe(masked);
  });

  it.each([
    'const token = createToken(user);',
    'The password field is required.',
    'interface Login {\n  password: string;\n  password: string\n}',
    'PASSWORD=$(cat file) and MAX_TOKENS=100000',
    'const password = readPassword(line)',
    'cost $2 and $10, a$b$c',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'http://127.0.0.1:4747/ and https://example.org/a/b?c=d',
    'import { readFile } from "node:fs/promises";',
    'version 10.2.3 of 2026-01-02T03:04:05.678Z, ses_01hzy3v9k2m4n6p8q0r2s4t6v8',
    'task-force-of-many-people-who-work',
    'function encodedRunsOfEveryKindThatThereIs() {}',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
  ])('leaves as it is: %s', (text) => {
    expect(make().text(text)).toBe(text);
  });

  it('masks each part by itself too: what stands before it cannot make something else of it', () => {
    const token = TOKENS.find(([name]) => name === 'GitHub')![1];
    const escaped = [...`my ${token}`].map((sign) => `&#${sign.charCodeAt(0)};`).join('');
    const before = '\u{10000}'.repeat(90); // what follows it is decoded with it, and is no text then
    for (const parts of [
      [before, escaped],
      [escaped, before],
    ]) {
      const { content } = make().data({ content: parts.map((text) => ({ type: 'text', text })) });
      expect(content.map(({ text }) => text)).toContain('[redacted secret]');
      expect(make().parts(parts)).toContain('[redacted secret]');
    }
  });

  it('leaves what it is told to keep', () => {
    expect(make(['home', 'host']).text('/home/ann/a on workbench-7, 10.1.2.3')).toBe(
      '/home/ann/a on workbench-7, 10.1.2.3',
    );
  });

  it('is done soon with long texts that look like something and are not', () => {
    for (const piece of [
      'a',
      'A1',
      '%',
      '\\',
      '\\n',
      'PASS',
      '_PASSWORD=',
      '\npassword',
      '-----END ',
      '$6$',
      '\\u',
      '&#',
      'a.',
      'a@',
      '0x1f, ',
      '/home/',
      '-----BEGIN ',
      'password=',
      'eyJ',
      '1.',
      '\n',
      '"+"',
      'a-',
    ]) {
      const text = piece.repeat(Math.ceil(60_000 / piece.length));
      expect(make().text(text), piece).not.toBe('');
    }
  });

  it('is done soon with a long row of certificates and one key among them', () => {
    const lines = `${any(64)}\n`.repeat(3_000);
    const text = `-----BEGIN PRIVATE KEY-----\n${any(64)}\n-----END PRIVATE KEY-----\n${lines}`;
    expect(make().text(text)).toBe(`[redacted secret]\n${lines}`);
  });

  it('never makes a text longer than its masks, and finds nothing in what it made', () => {
    const words = fc.array(fc.oneof(fc.constantFrom(...SECRETS.map(([, secret]) => secret)), fc.string()), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, (list) => {
        const once = make().text(list.join(' '));
        for (const [, secret] of TOKENS) expect(once).not.toContain(secret);
      }),
      { numRuns: runs(100) },
    );
  });
});
