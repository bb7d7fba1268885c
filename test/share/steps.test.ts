/** What others may see of a session is made from nothing: named fields alone, and no secret in any of them, however it is written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSteps } from '../../server/share/steps.ts';
import { maskingOf } from '../../server/share/masking.ts';
import { maskStep } from '../../server/share/mask-step.ts';
import { Title } from '../../server/share/title.ts';
import { ShareStep, ShareWish } from '../../shared/share.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { anyEvent } from '../fixtures/any-event.ts';
import { hostileText, seal } from '../fixtures/sealed.ts';
import { any, HELD, SECRETS } from '../fixtures/secrets.ts';
import { HIDDEN, SHOWN, shareSession, type Field } from '../fixtures/share-session.ts';
import { runs } from '../long.ts';

const FACTS = { known: [HELD], home: '/home/ann', root: '/srv/shop/front', host: 'workbench-7', user: 'annabel' };
const ALL = { reasoning: true, output: true };

interface Shown {
  steps: ShareStep[];
  title: string;
  text: string;
}

function shown(events: readonly SessionEvent[], asked: Partial<ShareWish> = ALL): Shown {
  const wish = ShareWish.parse(asked);
  const { redaction } = maskingOf(FACTS, wish);
  const [steps, title] = [createSteps(wish), new Title(maskingOf(FACTS, wish).redaction)];
  const made = events.flatMap((event) => {
    title.take(event);
    return steps.take(event).map((step) => maskStep(step, redaction));
  });
  return { steps: made, title: title.shown(), text: JSON.stringify(made) + title.shown() };
}

const named = (field: Field) => `the ${field} stands here`;

describe('the steps of a share', () => {
  it('hold each thing that is to be shown, and nothing else that stands in the events', () => {
    const events = seal(shareSession(named));
    const { text } = shown(events);
    for (const field of SHOWN) expect(text, field).toContain(named(field));
    for (const field of HIDDEN) expect(text, field).not.toContain(named(field));
    for (const { id, hash, salt, chain, prev } of events)
      for (const seal of [id, hash, salt, chain, prev]) expect(text).not.toContain(seal);
    expect(text).not.toMatch(/d{64}|e{64}|apr_|act_|msg_|trn_|call_|"seq"|user:|digest/);
  });

  it('hold reasoning and what commands printed only where the owner lets them', () => {
    const events = seal(shareSession(named));
    const { text } = shown(events, { reasoning: false, output: false });
    expect(text).not.toContain(named('thought'));
    expect(text).not.toContain(named('output'));
    expect(text).toContain(named('script'));
  });

  it('say nothing of a request before it is answered', () => {
    const told = shareSession(named);
    for (let end = 0; end <= told.length; end++) {
      const { text } = shown(seal(told.slice(0, end)));
      expect(text).not.toContain(named('pending script'));
      const asks = told.slice(0, end).filter(({ type }) => type === 'approval.requested').length;
      const answers = told.slice(0, end).filter(({ type }) => type === 'approval.resolved').length;
      if (asks === 1 && answers === 0) expect(text).not.toContain(named('diff line'));
    }
  });

  it('are of their form whatever the events are, and hold no field that the form does not name', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        for (const step of shown(events).steps) expect(ShareStep.parse(step)).toEqual(step);
      }),
      { numRuns: runs(200) },
    );
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const step of shown(seal(shareSession(() => text))).steps) expect(ShareStep.parse(step)).toEqual(step);
      }),
      { numRuns: runs(200) },
    );
  });

  it('leave out the lines and the output of what a rule calls sensitive', () => {
    const told = shareSession(named).map((one) => {
      if (one.type !== 'action.proposed') return one;
      const reasons = one.data.verdict.reasons.map((reason) => ({
        ...reason,
        about: { kind: 'sensitive' as const, path: '.env' },
      }));
      return { ...one, data: { ...one.data, verdict: { ...one.data.verdict, reasons } } };
    });
    const { text } = shown(seal(told));
    expect(text).toContain(named('path'));
    expect(text).not.toContain(named('diff line'));
    expect(text).not.toContain(named('output'));
  });
});

const FORMS: [form: string, write: (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in base64', (secret) => Buffer.from(`key: ${secret}`).toString('base64')],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in a URL', (secret) => `https://x.example/?k=${encodeURIComponent(` ${secret}`)}`],
  ['in JSON', (secret) => JSON.stringify({ out: `a\n${secret}` })],
];

/** As it is, or decoded from what is left. */
function expectGone(text: string, secret: string): void {
  const views = [text, text.replaceAll('\\"', '"').replaceAll('\\\\', '\\')];
  for (const run of text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? [])
    views.push(Buffer.from(run, 'base64').toString('latin1'));
  for (const run of text.match(/[0-9a-fA-F]{16,}/g) ?? []) views.push(Buffer.from(run, 'hex').toString('latin1'));
  for (const view of views) expect(view).not.toContain(secret);
}

describe('a secret', () => {
  const secrets = [...SECRETS, ['one that is held', HELD] as const].filter(([, , text]) => text === undefined);

  it.each(FORMS)('is in no field of a share, %s', (_, write) => {
    for (const [name, secret] of secrets) {
      const { text } = shown(seal(shareSession(() => `it is (${write(secret)}) here`)));
      expectGone(text, secret);
      expect(text, name).toContain('[redacted secret]');
    }
  });

  it('is in no field where only its surroundings tell it', () => {
    for (const [name, secret, within] of SECRETS) {
      if (within === undefined) continue;
      expect([name, shown(seal(shareSession(() => within(secret)))).text.includes(secret)]).toEqual([name, false]);
    }
  });

  it('is not half told by a title that was cut within it', () => {
    const secret = `ghp_${any(36)}`;
    for (let lead = 20; lead < 80; lead++) {
      const message = `${'word '.repeat(20).slice(0, lead)} ${secret} and so on, at length, so that it is cut`;
      const title = `${[...message].slice(0, 79).join('')}…`;
      for (const name of [title, `${title.slice(0, 73)} (fork)`]) {
        const told = [
          { type: 'session.created' as const, data: { title: name } },
          {
            type: 'message.user' as const,
            data: { messageId: 'msg_0' as never, text: message, delivery: 'start' as const },
          },
        ];
        expect(shown(seal(told)).title).not.toMatch(/ghp_[A-Za-z0-9]{3}/);
      }
    }
  });

  it('is masked where an answer was cut within it, by a call', () => {
    const secret = `ghp_${any(36)}`;
    for (let cut = 1; cut < secret.length; cut += 5) {
      const parts = [`It is ${secret.slice(0, cut)}`, `${secret.slice(cut)} indeed`].map((text) => ({
        type: 'text' as const,
        text,
      }));
      const data = { messageId: 'msg_0' as never, provider: 'p', model: 'm', stop: 'end' as const, parts };
      const { text } = shown(seal([{ type: 'message.assistant', data }]));
      expect(text).not.toContain(secret.slice(cut, cut + 12));
      expect(text).not.toContain(secret.slice(Math.max(0, cut - 12), cut));
    }
  });

  it('is masked in colours of a terminal, and where only the end of a key stands around a change', () => {
    const secret = `ghp_${any(36)}`;
    expect(shown(seal(shareSession(() => `\u001b[1;32m${secret}\u001b[0m`))).text).not.toContain(secret);
    const tail = `${`${any(64)}\n`.repeat(3)}-----END RSA PRIVATE KEY-----`;
    expect(shown(seal(shareSession(() => tail))).text).not.toContain(any(64).slice(0, 20));
  });

  it('is masked before a long text is cut, so that no cut leaves half of it', () => {
    const secret = `npm_${any(36)}`;
    for (const lead of [59_960, 59_980, 59_990, 60_000]) {
      const { text } = shown(seal(shareSession(() => `${'x '.repeat(lead / 2)}${secret} ${'y '.repeat(100)}`)));
      expect(text).not.toContain(secret.slice(0, 12));
    }
  });

  it('that goes over lines of a diff is masked in all of them', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${`${any(64)}\n`.repeat(6)}-----END PRIVATE KEY-----`;
    const told = shareSession(named).map((one) => {
      if (one.type !== 'action.proposed' || one.data.action.kind !== 'edit') return one;
      const lines = key.split('\n').map((line) => `+${line}`);
      const changes = one.data.action.changes.map((change) => ({
        ...change,
        diff: {
          kind: 'text' as const,
          added: 8,
          removed: 0,
          hunks: [{ id: 'h1', oldStart: 0, oldLines: 0, newStart: 1, newLines: 8, lines }],
        },
      }));
      return { ...one, data: { ...one.data, action: { ...one.data.action, changes } } };
    });
    expect(shown(seal(told)).text).not.toContain(any(64).slice(0, 20));
  });
});

describe('what the owner ticked', () => {
  const EVERY =
    'ann@example.org in /srv/shop/front/a and /home/ann/b on workbench-7, as annabel, at 10.1.2.3, for Walrus';

  it('is masked whatever else is kept, and personal data with it', () => {
    const { text } = shown(seal(shareSession(() => EVERY)));
    for (const hidden of ['ann@example', '/srv/shop', '/home/ann', 'workbench', 'annabel', '10.1.2.3'])
      expect(text).not.toContain(hidden);
    expect(text).toContain('Walrus');
  });

  it('stays readable by its name, and no other with it', () => {
    const { text } = shown(seal(shareSession(() => `${EVERY} ${HELD}`)), {
      redactions: [{ keep: 'e-mail address' }, { keep: 'key that is held' }],
    });
    expect(text).toContain('ann@example.org');
    for (const hidden of ['/srv/shop', 'workbench', HELD]) expect(text).not.toContain(hidden);
  });

  it('is masked as a word in any case, and in other writings', () => {
    const texts = ['walrus', 'WALRUS', 'the Walrus.', Buffer.from('it is for Walrus, truly').toString('base64')];
    for (const redaction of ['Walrus', { mask: 'walrus' }]) {
      const { text } = shown(seal(shareSession(() => texts.join(' '))), { redactions: [redaction] });
      expect(text).not.toMatch(/walrus/i);
    }
    const encoded = Buffer.from('it is for Walrus, truly').toString('base64');
    expect(shown(seal(shareSession(() => encoded)), { redactions: ['Walrus'] }).text).not.toContain(encoded);
    expect(shown(seal(shareSession(() => 'a.b*c\\ axb')), { redactions: ['a.b*c\\'] }).text).toContain(
      '[redacted] axb',
    );
  });

  it('keeps no secret readable in a live share, for nobody has seen what comes', () => {
    const secret = `ghp_${any(36)}`;
    const redactions = [{ keep: 'GitHub token' }, { keep: 'secret' }];
    const events = seal(shareSession(() => secret));
    expect(shown(events, { live: true, redactions }).text).not.toContain(secret);
    expect(shown(events, { live: false, redactions }).text).toContain(secret);
  });
});
