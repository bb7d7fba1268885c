/** An export is what was recorded, says so with a signature, and does nothing where it is opened. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { newActionId, newApprovalId, newMessageId } from '../../shared/ids.ts';
import type { ExportFormat } from '../../shared/receipt.ts';
import { sha256 } from '../../server/base/hash.ts';
import { verifierOf } from '../../server/base/signer.ts';
import { checkReceipt, holds, readExport } from '../../server/store/export/check.ts';
import { exportSession } from '../../server/store/export/export.ts';
import { TOKENS } from '../../server/store/export/html-style.ts';
import { eventLine } from '../../server/store/md/file.ts';
import { createRedaction } from '../../server/store/redaction.ts';
import { readFile } from 'node:fs/promises';
import { testSeals } from '../fixtures/seals.ts';
import { hostileSession, question, seal, VERDICT } from '../fixtures/sealed.ts';
import { runs } from '../long.ts';

const { signer } = testSeals('');
const OURS = verifierOf(signer.publicKey)!;
const KEY = `sk-ant-api03-${'aB3dE5fG7h'.repeat(4)}`;

const info = (events: readonly SessionEvent[], title = 'A session'): SessionInfo =>
  ({ id: events[0]!.chain, title, createdAt: events[0]!.at, updatedAt: events.at(-1)!.at }) as SessionInfo;

interface Wish {
  redact?: boolean;
  blobs?: Record<string, Buffer>;
  title?: string;
}

async function make(events: readonly SessionEvent[], format: ExportFormat, wish: Wish = {}): Promise<string> {
  const redaction = wish.redact
    ? createRedaction({ known: [], home: '/home/ann', root: '/srv/shop', host: 'bench', user: 'annabel', keep: [] })
    : null;
  const blobs = wish.blobs ? async (hash: string) => wish.blobs![hash] ?? null : null;
  let text = '';
  const session = info(events, wish.title);
  const rest = { signer, version: '1.2.3', madeAt: '2026-01-02T03:04:05.000Z', blobs };
  for await (const piece of exportSession({ session, events, format, redaction, ...rest })) text += piece;
  return text;
}

const check = (text: string, known = true) => checkReceipt(text, { file: 'a.md', verifiers: known ? [OURS] : [] });

function readBack(text: string): SessionEvent[] {
  const read = readExport(text, 'a');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.file.events.map(({ event }) => event);
}

const DIGEST = 'd'.repeat(64);
const HASHES = { before: sha256('old'), after: sha256('new\n') };

const work = (secret = 'nothing') => {
  const [actionId, approvalId] = [newActionId(), newApprovalId()];
  return seal([
    { type: 'session.created', data: { title: 'Work' } },
    {
      type: 'message.user',
      data: { messageId: newMessageId(), text: `Use ${secret}`, delivery: 'start' },
      actor: 'user:ann/log',
    },
    { type: 'turn.started', data: { messageId: newMessageId(), provider: 'local', model: 'small', mode: 'ask' } },
    {
      type: 'approval.requested',
      data: {
        approvalId,
        actionId,
        action: question('May I?'),
        digest: DIGEST,
        verdict: VERDICT,
        answers: ['allow-once', 'deny'],
        expiresAt: '2026-01-02T03:04:05Z',
      },
    },
    {
      type: 'approval.resolved',
      data: { approvalId, actionId, answer: 'allow-once', digest: DIGEST, effective: DIGEST, action: null, text: '' },
      actor: 'user:ann/log',
    },
    {
      type: 'file.changed',
      data: {
        actionId,
        op: 'modify',
        path: 'a.txt',
        from: 'a.txt',
        before: { state: 'file', sha256: HASHES.before, size: 3, mode: 0o644 },
        after: { state: 'file', sha256: HASHES.after, size: 4, mode: 0o644 },
        added: 1,
        removed: 1,
      },
    },
  ]);
};

describe.each(['md', 'json', 'html'] as const)('an export as %s', (format) => {
  it('ends with a receipt that holds, and says what it was made from', async () => {
    const events = work();
    const found = check(await make(events, format));
    expect(holds(found)).toBe(true);
    expect(found.receipt).toMatchObject({
      format,
      session: events[0]!.chain,
      head: { events: 6, chainSeq: 6, hash: events[5]!.hash },
      models: [{ provider: 'local', model: 'small' }],
      approvals: { requested: 1, answers: { 'allow-once': 1 }, expired: 0 },
      files: [{ path: 'a.txt', before: { sha256: HASHES.before }, after: { sha256: HASHES.after } }],
      redacted: false,
      version: '1.2.3',
    });
  });

  it('is found out where a word of it was changed, in any place, and where the receipt was', async () => {
    const text = await make(work(), format);
    for (const [from, to] of [
      ['Use nothing', 'Use everything'],
      ['allow-once', 'allow-full'],
      ['small', 'large'],
      ['a.txt', 'b.txt'],
    ] as const) {
      const changed = text.replace(from, to);
      expect(changed).not.toBe(text);
      expect(holds(check(changed)), from).toBe(false);
      const last = text.lastIndexOf(from);
      if (last < 0) continue;
      const tail = text.slice(0, last) + to + text.slice(last + from.length);
      const isFound = (() => {
        try {
          return !holds(check(tail));
        } catch {
          return true; // a receipt that cannot be read any more
        }
      })();
      expect(isFound, `${from}, at its end`).toBe(true);
    }
  });

  it('does not hold for who does not know the key', async () => {
    expect(check(await make(work(), format), false)).toMatchObject({ signature: 'good', signer: 'unknown' });
    expect(holds(check(await make(work(), format), false))).toBe(false);
  });

  it('holds no secret, home or host where it is redacted, says what was masked, and its chain can still be checked', async () => {
    const told = `${KEY} at /home/ann/a on bench, ${Buffer.from(`key: ${KEY}`).toString('base64')}`;
    const text = await make(work(told), format, { redact: true, title: `About ${KEY}` });
    for (const piece of [KEY, '/home/ann', ' bench', Buffer.from(KEY).toString('base64').slice(4, 30)])
      expect(text).not.toContain(piece);
    const found = check(text);
    expect(holds(found)).toBe(true);
    expect(found.receipt.redacted).toBe(true);
    expect(found.receipt.masked.map(({ what }) => what)).toContain('secret: Anthropic, OpenAI and kin');
    expect(text).toMatch(/not ?masked/i);
  });

  it('holds whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileSession, fc.boolean(), async (events, redact) => {
        const found = check(await make(events, format, { redact }));
        expect({ ...found, receipt: null }).toMatchObject({ signature: 'good', signer: 'known', text: 'whole' });
        expect(found.events.state).not.toBe('broken');
      }),
      { numRuns: runs(40) },
    );
  });
});

describe.each(['md', 'json'] as const)('as %s', (format) => {
  it('gives back each event, byte for byte, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileSession, async (events) => {
        expect(readBack(await make(events, format)).map(eventLine)).toEqual(events.map(eventLine));
      }),
      { numRuns: runs(60) },
    );
  });

  it('carries the bytes of files where it is asked to', async () => {
    const blobs = { [HASHES.before]: Buffer.from('old'), [HASHES.after]: Buffer.from('new\n') };
    const text = await make(work(), format, { blobs });
    const read = readExport(text, 'a');
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(Object.fromEntries(read.file.blobs)).toEqual(blobs);
    expect(check(text).receipt.full).toBe(true);
    const spoilt = readExport(
      text.replace(Buffer.from('new\n').toString('base64'), Buffer.from('bad\n').toString('base64')),
      'a',
    );
    expect(spoilt).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('not those of') }] });
  });

  it('leaves what nothing was masked in as it was, salt and all', async () => {
    const events = work(KEY);
    const read = readBack(await make(events, format, { redact: true }));
    expect(read.filter((event, i) => eventLine(event) === eventLine(events[i]!))).toHaveLength(5);
    expect(read[1]!.salt).toBe('');
    expect(read[1]!.hash).toBe(events[1]!.hash);
  });
});

it('as JSON is the session, its events and the receipt', async () => {
  const events = work();
  const whole = JSON.parse(await make(events, 'json')) as Record<string, unknown>;
  expect(Object.keys(whole)).toEqual(['session', 'redacted', 'events', 'receipt']);
  expect(whole['events']).toEqual(events);
  const set = JSON.stringify(whole, null, 4);
  expect(check(set)).toMatchObject({ signature: 'good', text: 'changed', events: { state: 'whole' } });
});

it('a receipt alone is checked by itself', async () => {
  const { receipt } = check(await make(work(), 'json'));
  expect(check(JSON.stringify(receipt))).toMatchObject({
    signature: 'good',
    text: 'absent',
    events: { state: 'none' },
  });
  expect(() => check('{"kind": "something else"}')).toThrow(/receipt cannot be read/);
  expect(() => check('hello')).toThrow(/no export and no receipt/);
});

describe('an export as HTML', () => {
  /** Every tag, with its attributes, and what is between. */
  const tags = (html: string) => [...html.matchAll(/<\/?([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/gi)];

  it('is of few tags and fewer attributes, and of no address but links to the web, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(hostileSession, async (events) => {
        const html = await make(events, 'html', { title: '<script>alert(1)</script>' });
        const body = html.slice(html.indexOf('<body>'));
        for (const [tag, name, attributes] of tags(body)) {
          expect(TAGS, tag).toContain(name!.toLowerCase());
          for (const [, key, value] of attributes!.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/g)) {
            expect(['class', 'id', 'href', 'rel', 'tabindex', 'open', 'start'], tag).toContain(key);
            if (key === 'href') expect(value).toMatch(/^https?:\/\//);
          }
        }
        expect(body.replaceAll(/<\/?[a-z][^<>]*>/gi, '')).not.toMatch(/[<>]/);
        expect(body).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      }),
      { numRuns: runs(40) },
    );
  });

  const TAGS =
    'a b blockquote body br code dd del details dl dt em footer h1 h2 h3 h4 header hr html li main ol p pre s section span strong summary table tbody td th thead time tr ul'.split(
      ' ',
    );

  it('lets nothing run and nothing be fetched, by its own policy', async () => {
    const html = await make(work(), 'html');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'$/,
    );
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
    const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? '';
    const { createHash } = await import('node:crypto');
    expect(policy).toContain(createHash('sha256').update(style).digest('base64'));
    expect(style).not.toMatch(/url\(|@import/);
    expect(html).not.toMatch(/<(script|img|iframe|link|object|embed|form|input|svg)\b/i);
  });

  it('has the colours of the page', async () => {
    const css = await readFile(new URL('../../web/ui/tokens.css', import.meta.url), 'utf8');
    for (const [name, [light, dark]] of Object.entries(TOKENS))
      expect(css).toContain(`--${name}: light-dark(${light}, ${dark});`);
  });
});
