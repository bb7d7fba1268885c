/** The look before there is a link: what would be seen, what was found in it, and what of that is masked. */
import { setImmediate as others } from 'node:timers/promises';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Response } from '../../shared/api.ts';
import type { ShareStep, ShareWish } from '../../shared/share.ts';
import { Fault } from '../base/fault.ts';
import type { LogReads } from '../store/reading.ts';
import { createFindings, keptBy, type MaskFacts, maskingOf } from './masking.ts';
import { maskStep } from './mask-step.ts';
import { createSteps } from './steps.ts';

interface LookDeps {
  log: Pick<LogReads, 'from'> & { head(): number };
  facts: MaskFacts;
}

/** Goes through all of the session. Throws a Fault 413 where that is too much. */
export async function lookAt(
  { log, facts }: LookDeps,
  session: SessionId,
  wish: ShareWish,
): Promise<Response<'lookShare'>> {
  const findings = createFindings();
  // With everything masked, so that what was unticked is told of as well.
  const all = maskingOf(facts, { ...wish, redactions: wish.redactions.filter(isWord) }, findings.onFound);
  // Where nothing is kept both are the same, and it is gone through once.
  const asked = keptBy(wish).length === 0 ? all : maskingOf(facts, wish);
  const steps = createSteps(wish);
  const shown: ShareStep[] = [];
  let [events, left, chars] = [0, 0, 0];
  const upTo = log.head();
  for (let after = 0; after < upTo;) {
    const page = log.from(session, { after, limit: PAGE }).filter(({ seq }) => seq <= upTo);
    for (const event of page) {
      if (++events > LIMITS.shareEvents.value) throw tooLong();
      for (const step of steps.take(event)) {
        if (asked !== all) maskStep(step, all.redaction);
        const masked = maskStep(step, asked.redaction);
        chars += JSON.stringify(masked).length;
        if (chars > PREVIEW_CHARS) left++;
        else shown.push(masked);
      }
      await others();
    }
    if (page.length < PAGE) break;
    after = page.at(-1)!.seq;
  }
  return { upTo, events, findings: findings.list(wish.live), masked: asked.count(), steps: shown, more: left };
}

const isWord = (one: ShareWish['redactions'][number]) => typeof one === 'string' || 'mask' in one;

/** Few at a time: a single event may be as large as an edit. */
const PAGE = 10;
const PREVIEW_CHARS = LIMITS.sharePageBytes.value / 4;

const tooLong = () =>
  new Fault({
    status: 413,
    code: 'session_too_long',
    message: `Expected a session of at most ${LIMITS.shareEvents.value} events; this one has more.`,
    hint: 'Export it redacted instead, or fork it from a later message.',
  });
