/** The pages on one terminal: each gets every byte at its own pace, and what is behind holds the shell up, for a while. */
import { LIMITS } from '../../shared/limits.ts';
import type { TerminalDown } from '../../shared/terminal.ts';
import type { Screen } from './terminal-screen.ts';

/** One page, as its socket looks from here. */
export interface Viewer {
  tell(message: TerminalDown): void;
  print(bytes: Buffer): void;
  /** Handed over and not yet on its way. */
  waiting(): number;
  /** The terminal is gone. */
  close(): void;
}

/**
 * `joining`: its picture is being made, and what is printed meanwhile is kept for it. `left behind`: it was too slow, and gets a
 * new picture when it has drawn all that it was sent.
 */
interface Seat {
  viewer: Viewer;
  state: 'joining' | 'live' | 'left behind';
  kept: (Buffer | TerminalDown)[];
  /** Sent and not yet drawn. */
  undrawn: number;
  /** It held the shell up once for as long as it may: it does not again. */
  slow: boolean;
}

export interface Viewers {
  join(viewer: Viewer): void;
  leave(viewer: Viewer): void;
  /** A page has drawn so many bytes more; false where it was never sent so many. */
  drawn(viewer: Viewer, bytes: number): boolean;
  print(bytes: Buffer): void;
  tell(message: TerminalDown): void;
  count(): number;
  close(): void;
}

interface ViewersOptions {
  screen: Pick<Screen, 'snapshot' | 'title'>;
  /** Called when the first page falls behind, and when none is any more. */
  hold(held: boolean): void;
}

export const createViewers = (options: ViewersOptions): Viewers => new Pages(options);

class Pages implements Viewers {
  readonly #screen: ViewersOptions['screen'];
  readonly #hold: ViewersOptions['hold'];
  readonly #seats = new Map<Viewer, Seat>();
  #held = false;
  #patience: NodeJS.Timeout | undefined;

  constructor({ screen, hold }: ViewersOptions) {
    this.#screen = screen;
    this.#hold = hold;
  }

  join(viewer: Viewer): void {
    const one: Seat = { viewer, state: 'joining', kept: [], undrawn: 0, slow: false };
    this.#seats.set(viewer, one);
    this.#draw(one);
  }

  leave(viewer: Viewer): void {
    this.#seats.delete(viewer);
    this.#weigh();
  }

  drawn(viewer: Viewer, bytes: number): boolean {
    const one = this.#seats.get(viewer);
    if (one === undefined || bytes > one.undrawn) return false;
    one.undrawn -= bytes;
    if (one.state === 'left behind' && one.undrawn === 0) this.#draw(one);
    this.#weigh();
    return true;
  }

  print(bytes: Buffer): void {
    this.#give(bytes);
    this.#weigh();
  }

  tell(message: TerminalDown): void {
    this.#give(message);
  }

  count(): number {
    return this.#seats.size;
  }

  close(): void {
    clearTimeout(this.#patience);
    for (const { viewer } of this.#seats.values()) viewer.close();
    this.#seats.clear();
  }

  #give(part: Buffer | TerminalDown): void {
    for (const one of this.#seats.values()) {
      if (one.state === 'joining') one.kept.push(part);
      // Who is left behind gets the screen anew, and what the terminal has to tell besides.
      else if (one.state === 'live' || !Buffer.isBuffer(part)) send(one, part);
    }
  }

  /** Draws the whole screen for one page; from there on it gets all that comes. */
  #draw(one: Seat): void {
    one.state = 'joining';
    one.kept = [];
    this.#screen.snapshot(({ size, bytes }) => {
      if (this.#seats.get(one.viewer) !== one) return;
      one.viewer.tell({ type: 'screen', ...size, bytes: bytes.length });
      one.viewer.tell({ type: 'title', text: this.#screen.title() });
      one.state = 'live';
      for (const part of [bytes, ...one.kept.splice(0)]) send(one, part);
      this.#weigh();
    });
  }

  /** The shell is held up while a page is behind, unless it was so before for as long as it may. */
  #weigh(): void {
    const behind = [...this.#seats.values()].filter(
      (one) => one.state === 'live' && behindOf(one) > limitOf(this.#held),
    );
    for (const one of behind) if (one.slow) one.state = 'left behind';
    const now = behind.some((one) => !one.slow);
    if (now === this.#held) return;
    this.#held = now;
    clearTimeout(this.#patience);
    this.#patience = now ? setTimeout(() => this.#giveUp(), LIMITS.terminalStallMs.value) : undefined;
    this.#hold(now);
  }

  #giveUp(): void {
    for (const one of this.#seats.values())
      if (one.state === 'live' && behindOf(one) > limitOf(true)) [one.slow, one.state] = [true, 'left behind'];
    this.#weigh();
  }
}

function send(one: Seat, part: Buffer | TerminalDown): void {
  if (!Buffer.isBuffer(part)) return one.viewer.tell(part);
  if (part.length === 0) return;
  one.undrawn += part.length;
  one.viewer.print(part);
}

/** A page that says it has drawn what it did not read is weighed by what its socket still holds. */
const behindOf = ({ undrawn, viewer }: Seat) => Math.max(undrawn, viewer.waiting());
const limitOf = (held: boolean) => (held ? LIMITS.terminalResumeBytes : LIMITS.terminalAheadBytes).value;
