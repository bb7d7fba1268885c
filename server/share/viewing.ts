/** The steps of one share as they are sent: read from the log, masked, kept in memory while somebody looks, brought forward when it is live. */
import { setImmediate as others } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { ShareFacts, ShareStep } from '../../shared/share.ts';
import type { LogReads } from '../store/reading.ts';
import type { OpenShare } from '../store/shares.ts';
import { type MaskFacts, type Masking, maskingOf } from './masking.ts';
import { maskStep } from './mask-step.ts';
import { createSteps, type RawStep, type Steps, toSecond } from './steps.ts';
import { Title } from './title.ts';

export interface ViewingDeps {
  log: Pick<LogReads, 'from'>;
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
  /** With a masking of its own, so that the places in the title are not counted each time it is told. */
  readonly #title: Title;
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
    this.#title = new Title(maskingOf(deps.facts, share.wish).redaction);
  }

  facts(): ShareFacts {
    const { id, live, createdAt, expiresAt, wish } = this.share;
    const masked = this.#masking.count();
    return {
      ...{ id, title: this.#title.shown(), live, madeAt: toSecond(createdAt), expiresAt: toSecond(expiresAt) },
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
        this.#take(event);
        await others(); // masking takes its time: the agent and the page go on meanwhile
      }
      if (page.length < PAGE) return;
    }
  }

  #take(event: SessionEvent): void {
    this.#title.take(event);
    for (const step of this.#steps.take(event)) this.#add(step);
  }

  #add(step: RawStep): void {
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

/** Few at a time: a single event may be as large as an edit. */
const PAGE = 10;
