/** What leaves masked holds no secret: each shape, in each form it may be written, and however it is cut into parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../server/store/redaction.ts';
import { runs } from '../long.ts';

const HELD = 'a-key-of-a-provider/with+signs="x"';

const make = (keep: ('home' | 'host')[] = []) =>
  createRedaction({
    known: [HELD],
    home: '/home/ann',
    root: '/srv/shop/front',
    host: 'workbench-7',
    user: 'annabel',
    keep,
  });

/** Letters and digits, as random as they need to be; put together here, so that no scanner takes this file for a leak. */
const any = (length: number, signs = 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xYz') =>
  Array.from({ length }, (_, i) => signs[(i * 7 + length) % signs.length]).join('');
const hex = (length: number) => any(length, '0a1b2c3d4e5f6789');

/** What to look for afterwards, and the text that holds it. */
const SECRETS: [name: string, secret: string, text?: (secret: string) => string][] = [
  ['Anthropic', `sk-ant-api03-${any(40)}`],
  ['OpenAI', `sk-proj-${any(48)}`],
  ['GitHub', `ghp_${any(36)}`],
  ['GitHub, fine-grained', `github_pat_${any(22)}_${any(59)}`],
  ['GitLab', `glpat-${any(20)}`],
  ['npm', `npm_${any(36)}`],
  ['PyPI', `pypi-${any(60)}`],
  ['RubyGems', `rubygems_${hex(48)}`],
  ['crates.io', `cio${any(32)}`],
  ['Docker Hub', `dckr_pat_${any(27)}`],
  ['AWS id', `AKIA${any(16, 'ABCDEFGH234567')}`],
  ['AWS secret', any(40), (key) => `aws_secret_access_key = ${key}`],
  ['Google API', `AIza${any(35)}`],
  ['Google OAuth', `ya29.${any(60)}`],
  ['Google client', `GOCSPX-${any(28)}`],
  [
    'Azure storage',
    `${any(80)}==`,
    (key) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=x`,
  ],
  ['Azure shared link', any(44), (key) => `https://a.blob.core.windows.net/b?sv=2022&sig=${key}`],
  ['DigitalOcean', `dop_v1_${hex(64)}`],
  ['Hugging Face', `hf_${any(34)}`],
  ['Groq', `gsk_${any(52)}`],
  ['Slack', `xoxb-${any(12, '1234567890')}-${any(24)}`],
  ['Slack webhook', `T${any(8)}/B${any(8)}/${any(24)}`, (key) => `https://hooks.slack.com/services/${key}`],
  ['Discord webhook', `${any(18, '1234567890')}/${any(68)}`, (key) => `https://discord.com/api/webhooks/${key}`],
  ['Telegram', `${any(9, '123456789')}:AA${any(33)}`],
  ['Stripe', `sk_live_${any(24)}`],
  ['Stripe webhook', `whsec_${any(32)}`],
  ['Shopify', `shpat_${hex(32)}`],
  ['Twilio', `SK${hex(32)}`],
  ['SendGrid', `SG.${any(22)}.${any(43)}`],
  ['Mailgun', `key-${hex(32)}`],
  ['Mailchimp', `${hex(32)}-us12`],
  ['Atlassian', `ATATT3${any(60)}`],
  ['Linear', `lin_api_${any(40)}`],
  ['Notion', `ntn_${any(46)}`],
  ['Databricks', `dapi${hex(32)}`],
  ['Grafana', `glsa_${any(32)}_${hex(8)}`],
  ['New Relic', `NRAK-${any(27)}`],
  ['Doppler', `dp.pt.${any(43)}`],
  ['Vault', `hvs.${any(24)}`],
  ['Terraform', `${any(14)}.atlasv1.${any(60)}`],
  ['Sentry', `sntrys_${any(60)}`],
  ['age', `AGE-SECRET-KEY-1${any(58, 'ABCDEFGHJKLMNPQRSTUVWXYZ023456789')}`],
  ['JSON web token', `eyJ${any(20)}.eyJ${any(30)}.${any(43)}`],
  ['private key', any(64), (key) => `-----BEGIN RSA PRIVATE KEY-----\n${key}\n${key}\n-----END RSA PRIVATE KEY-----`],
  ['OpenSSH key, cut', any(64), (key) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${key}\n-- `],
  [
    'key in JSON',
    any(64),
    (key) => `{"private_key": "-----BEGIN PRIVATE KEY-----\\n${key}\\n-----END PRIVATE KEY-----\\n"}`,
  ],
  ['bearer', any(40), (key) => `curl -H "Authorization: Bearer ${key}" https://example.org`],
  ['basic', any(24), (key) => `Authorization: Basic ${key}`],
  ['key header', any(20), (key) => `x-api-key: ${key}`],
  ['cookie', `session=${any(30)}; other=${any(12)}`, (value) => `Cookie: ${value}`],
  ['password in a URL', 'hunter2!', (value) => `postgres://ann:${value}@db.example.org:5432/shop`],
  ['.netrc', 'hunter2!', (value) => `machine example.org login ann password ${value}`],
  ['.npmrc', any(36), (value) => `//registry.npmjs.org/:_authToken=${value}`],
  ['connection string', 'hunter2!', (value) => `Server=db;User Id=sa;Password=${value};Encrypt=yes`],
  ['.env', any(24), (value) => `DB_PASSWORD=${value}`],
  ['code', 'correct-horse-battery', (value) => `const password = '${value}';`],
  ['YAML', 'correct-horse-battery', (value) => `client_secret: "${value}"`],
  ['option', 'correct-horse-battery', (value) => `mysqldump --password=${value} shop`],
  ['curl', 'hunter2!', (value) => `curl -u ann:${value} https://example.org`],
  ['one-time link', any(32), (value) => `http://127.0.0.1:4747/#code=${value}`],
  ['a key that is held', HELD],
];

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
      const started = performance.now();
      make().text(text);
      expect(performance.now() - started, piece).toBeLessThan(2_000);
    }
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
