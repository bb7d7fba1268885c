/** No form of a secret that we hold, and no known shape of one, gets through. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../server/base/redact.ts';

const SECRET = 'k3y/with+odd "chars"&日本';

describe('a secret we hold', () => {
  const redactor = createRedactor([SECRET]);
  const bytes = Buffer.from(SECRET);
  const forms: [string, string][] = [
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in a URL', `https://h.example/?k=${encodeURIComponent(SECRET)}`],
    ['in hex', bytes.toString('hex')],
    ['in upper-case hex', bytes.toString('hex').toUpperCase()],
    ['in base64', bytes.toString('base64')],
    ['in base64url', bytes.toString('base64url')],
    ['in base64 after one byte', Buffer.concat([Buffer.from('x'), bytes]).toString('base64')],
    ['in base64 after two bytes', Buffer.concat([Buffer.from('xy'), bytes, Buffer.from('tail')]).toString('base64')],
    ['as the password of basic', Buffer.from(`user:${SECRET}:z`).toString('base64')],
  ];
  test.each(forms)('is hidden %s', (_name, text) => {
    const shown = redactor.redact(`before ${text} after`);
    expect(shown).toContain('[redacted]');
    expect(shown).toMatch(/^before .* after$/s);
    expect(shown).not.toContain(SECRET);
    expect(shown.length).toBeLessThan(`before ${text} after`.length);
  });

  test('is hidden in base64 wherever it begins and whatever stands around it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, after) => {
        const secret = 'correct-horse-battery';
        const text = Buffer.concat([before, Buffer.from(secret), after]).toString('base64');
        const shown = createRedactor([secret]).redact(text);
        expect(shown).toContain('[redacted]');
        expect(Buffer.from(shown.split('[redacted]')[0]!, 'base64').toString('latin1')).not.toContain('corr');
      }),
    );
  });

  test('that is too short to be told from a word is not taken', () => {
    expect(createRedactor(['abc']).redact('abc abc')).toBe('abc abc');
  });

  test('added later is hidden from then on', () => {
    const later = createRedactor([]);
    expect(later.redact('late-secret-value')).toBe('late-secret-value');
    later.add('late-secret-value');
    expect(later.redact('a late-secret-value b')).toBe('a [redacted] b');
  });
});

describe('a shape of a secret', () => {
  const random = (length: number) => randomBytes(64).toString('hex').slice(0, length);
  const shapes: string[] = [
    `sk-ant-api03-${random(40)}`,
    `sk-proj-${random(40)}`,
    `ghp_${random(36)}`,
    `github_pat_${random(40)}`,
    `glpat-${random(20)}`,
    `npm_${random(36)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `AIza${random(35)}`,
    `xoxb-${random(24)}`,
    `eyJhbGciOiJIUzI1NiJ9.${random(30)}.${random(30)}`,
    `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128\n${random(60)}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${random(60)}`,
  ];
  test.each(shapes)('%s goes whole', (shape) => {
    expect(createRedactor([]).redact(`<${shape}>`)).toMatch(/^<\[redacted\]>?$/);
  });

  const kept: [string, string][] = [
    [`Authorization: Bearer ${random(30)}`, 'Authorization: Bearer [redacted]'],
    [`x-api-key: ${random(30)}`, 'x-api-key: [redacted]'],
    [`http://127.0.0.1:4747/#code=${random(30)}`, 'http://127.0.0.1:4747/#code=[redacted]'],
    ['postgres://me:hunter2@db.example/x', 'postgres://me:[redacted]@db.example/x'],
  ];
  test.each(kept)('%s keeps what names it', (text, shown) => {
    expect(createRedactor([]).redact(text)).toBe(shown);
  });

  test.each(['the bearer of bad news', 'a task-list', 'https://example.org/a:b@c', 'skip-this'])(
    'is not seen in %s',
    (text) => {
      expect(createRedactor([]).redact(text)).toBe(text);
    },
  );

  test('is looked for in linear time', () => {
    const hostile = `${'-----BEGIN PRIVATE KEY-----'.repeat(2_000)}${'bearer '.repeat(20_000)}${'a:'.repeat(50_000)}`;
    expect(createRedactor([]).redact(hostile).length).toBeLessThanOrEqual(hostile.length);
  });
});
