/** The steps of one share as they are sent: read from the log, masked, kept in memory while somebody looks, brought forward when it is live. */
import { setImmediate as others } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import type { SessionInfo } from '../../shared/api.ts';
import type { ShareFacts, ShareStep } from '../../shared/share.ts';
import type { LogReads } from '../store/reading.ts';
import type { OpenShare } from '../store/shares.ts';
import { type MaskFacts, type Masking, maskingOf } from './masking.ts';
import { maskStep } from './mask-step.ts';
import { createSteps, type Steps, toSecond } from './steps.ts';

export interface ViewingDeps {
  log: Pick<LogReads, 'from'>;
  sessions: { get(session: OpenShare['session']): Pick<SessionInfo, 'title'> };
  facts: MaskFacts;
}

/** A step as JSON, by its number, counted from 1 in this share alone: no number of the log is told. */
export interface Frame {
  id: string;
  json: string;
}

export class Viewing {
  readonly share: OpenShare;
  readonly frames: Frame[] = [];
  readonly #deps: ViewingDeps;
  readonly #steps: Steps;
  readonly #masking: Masking;
  /** Of its own, so that the places in the title are not counted each time it is told. */
  readonly #titles: Masking['redaction'];
  #lastSeq = 0;
  #bytes = 0;
  #isFull = false;
  #advancing: Promise<void> | null = null;
  #isBehind = false;

  constructor(share: OpenShare, deps: ViewingDeps) {
    this.share = share;
    this.#deps = deps;
    this.#steps = createSteps(share.wish);
    this.#masking = maskingOf(deps.facts, share.wish);
    this.#titles = maskingOf(deps.facts, share.wish).redaction;
  }

  facts(): ShareFacts {
    const { id, session, live, createdAt, expiresAt, wish } = this.share;
    const { title } = this.#deps.sessions.get(session);
    const masked = this.#masking.count();
    return {
      ...{ id, title: this.#titles.text(title), live, madeAt: toSecond(createdAt), expiresAt: toSecond(expiresAt) },
      ...{ masked, reasoning: wish.reasoning, output: wish.output },
    };
  }

  /** Takes in what was recorded since; of a frozen share up to where it ends. */
  advance(): Promise<void> {
    this.#isBehind = true;
    this.#advancing ??= this.#catchUp().finally(() => {
      this.#advancing = null;
    });
    return this.#advancing;
  }

  /** Where to go on after a step: its index + 1. Null for what is no id of this share's. */
  placeAfter(id: string): number | null {
    const number = id.startsWith(`${this.share.id}.`) ? id.slice(this.share.id.length + 1) : '';
    if (!/^[1-9]\d{0,8}$/.test(number)) return null;
    return Number(number) <= this.frames.length ? Number(number) : null;
  }

  /** What is asked for while it reads is read too. */
  async #catchUp(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false;
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const { share } = this;
    const until = share.live ? Number.MAX_SAFE_INTEGER : share.upTo;
    while (!this.#isFull && this.#lastSeq < until) {
      const page = this.#deps.log.from(share.session, { after: this.#lastSeq, limit: PAGE });
      for (const event of page) {
        if (event.seq > until) return;
        this.#lastSeq = event.seq;
        for (const step of this.#steps.take(event)) this.#add(step);
        await others(); // masking takes its time: the agent and the page go on meanwhile
      }
      if (page.length < PAGE) return;
    }
  }

  #add(step: ShareStep): void {
    if (this.#isFull) return;
    const json = JSON.stringify(maskStep(step, this.#masking.redaction));
    this.#bytes += json.length;
    this.#isFull = this.frames.length >= LIMITS.shareSteps.value || this.#bytes > LIMITS.shareStepsBytes.value;
    const shown = this.#isFull
      ? JSON.stringify({ kind: 'notice', at: step.at, what: 'cut' } satisfies ShareStep)
      : json;
    this.frames.push({ id: `${this.share.id}.${this.frames.length + 1}`, json: shown });
  }
}

const PAGE = 100;
