/** What one command may reach and has reached: each request is let through or refused, and both are recorded. */
import { LIMITS } from '../../../shared/limits.ts';
import { shownTarget, type Target } from '../../base/host.ts';
import { type Network, place } from './network.ts';
import type { Asked } from './request.ts';

/** Who answers for a host, and where requests are recorded. A throw of the record refuses the request. */
export interface NetworkReports {
  /** Asked once for each host and port of a command. What is allowed is let through once `open` was called for it too. */
  connect(target: { host: string; port: number; method: string }, signal: AbortSignal): Promise<Answer>;
  requested(facts: Requested): void;
  ended(facts: Transferred): void;
}

export interface Answer {
  allowed: boolean;
  rule: string;
  why: string;
}

export interface Requested {
  /** Counts from 1 in one command. */
  request: number;
  /** As it was asked for where it is no host that is known. */
  host: string;
  /** 0 where none could be read. */
  port: number;
  method: string;
  decision: 'allow' | 'deny';
  rule: string;
  why: string;
  /** That was connected to, or refused; empty where none was looked for. */
  address: string;
}

export interface Transferred {
  request: number;
  /** From the command. */
  bytesUp: number;
  bytesDown: number;
  durationMs: number;
  /** What cut it short; empty for an end of either side. */
  why: string;
}

/** `end` is called once, when nothing more goes either way. */
export type Admitted =
  | {
      kind: 'admitted';
      target: Target;
      addresses: string[];
      end(facts: { up: number; down: number; why: string }): void;
    }
  | { kind: 'refused'; status: 403 | 429 | 502; shown: string; why: string };

export interface Refusal {
  /** HOST:PORT, or what was asked for. */
  shown: string;
  why: string;
}

export class Traffic {
  readonly #network: Network;
  readonly #reports: NetworkReports;
  readonly #over = new AbortController();
  readonly #answers = new Map<string, Promise<Answer>>();
  readonly #opened = new Set<string>();
  readonly #refusals = new Map<string, Refusal>();
  #requests = 0;
  #bytes = 0;

  constructor(network: Network, reports: NetworkReports) {
    this.#network = network;
    this.#reports = reports;
  }

  /** Fires when the command is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  close(): void {
    this.#over.abort();
  }

  /** From now on the command may reach this. Called by who performs the permit for it, and by nobody else. */
  open(host: string, port: number): void {
    this.#opened.add(shownTarget(host, port));
  }

  /** What was refused, each host once. */
  refusals(): Refusal[] {
    return [...this.#refusals.values()];
  }

  /** False where the command has moved all that it may. */
  spend(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= LIMITS.proxyBytes.value;
  }

  /** Whether a host may be reached at all: asks, and resolves nothing. */
  async permit(target: Target, method: string): Promise<Answer> {
    const key = shownTarget(target.host.name, target.port);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    if (this.#answers.size >= LIMITS.proxyHosts.value)
      return {
        allowed: false,
        rule: 'network.bound',
        why: `one command or terminal may ask for ${LIMITS.proxyHosts.value} hosts`,
      };
    const asked = { host: target.host.name, port: target.port, method };
    const answer = this.#reports.connect(asked, this.signal).then((said) => {
      if (!said.allowed || this.#opened.has(key)) return said;
      return { ...said, allowed: false, why: 'nothing opened it' };
    });
    this.#answers.set(key, answer);
    return answer;
  }

  /** Decides one request and records that. Rejects where the record fails. */
  async admit(asked: Asked, { method, shown }: { method: string; shown: string }): Promise<Admitted> {
    const request = ++this.#requests;
    if (request > LIMITS.proxyRequests.value) return refused(429, shown, 'it has made as many requests as it may');
    if (!asked.ok)
      return this.#refuse(
        { request, method, host: clean(shown), port: 0 },
        { rule: `host.${asked.rule}`, why: asked.why },
      );
    const { target } = asked;
    const facts = { request, method, host: target.host.name, port: target.port };
    const answer = await this.permit(target, method);
    if (this.signal.aborted) return refused(403, shown, 'what asked for it ended');
    if (!answer.allowed) return this.#refuse(facts, answer);
    const found = await place(this.#network, target, this.signal);
    if (found.kind === 'closed')
      return this.#refuse(facts, { rule: 'address.closed', why: `it leads to ${found.why}`, address: found.address });
    const address = found.kind === 'open' ? found.addresses[0]! : '';
    this.#reports.requested({ ...facts, decision: 'allow', rule: answer.rule, why: answer.why, address });
    const end = this.#ender(request);
    if (found.kind === 'open') return { kind: 'admitted', target, addresses: found.addresses, end };
    end({ up: 0, down: 0, why: found.why });
    return refused(502, shownTarget(facts.host, facts.port), found.why);
  }

  #ender(request: number) {
    const started = performance.now();
    let ended = false;
    return ({ up, down, why }: { up: number; down: number; why: string }) => {
      if (ended) return;
      ended = true;
      const durationMs = Math.round(performance.now() - started);
      this.#reports.ended({ request, bytesUp: up, bytesDown: down, durationMs, why });
    };
  }

  #refuse(
    facts: { request: number; method: string; host: string; port: number },
    { rule, why, address = '' }: { rule: string; why: string; address?: string },
  ): Admitted {
    const shown = facts.port === 0 ? facts.host : shownTarget(facts.host, facts.port);
    this.#refusals.set(shown, { shown, why });
    this.#reports.requested({ ...facts, decision: 'deny', rule, why, address });
    return refused(403, shown, why);
  }
}

const refused = (status: 403 | 429 | 502, shown: string, why: string): Admitted => ({
  kind: 'refused',
  status,
  shown: clean(shown),
  why,
});

/** What came from the command, as a short word of a record: no path, no query, nothing that is not printed. */
const clean = (text: string): string =>
  text
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/s, '')
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, 120) || 'no host';
