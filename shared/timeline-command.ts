/** What a timeline holds of a command: what confines it, what it prints while it runs, and how it ended. */
import type { EventData, LiveOutput } from './event.ts';
import { LIMITS } from './limits.ts';

export type CommandFacts = Omit<EventData<'command.started'>, 'actionId'>;
export type CommandEnd = Omit<EventData<'command.finished'>, 'actionId'>;

export interface CommandView {
  facts: CommandFacts;
  startedAt: string;
  /** Null while it runs: one in the background runs on after its call is answered. */
  end: CommandEnd | null;
  output: LiveOutput;
  /** What it asked for on the network, one entry for each host, port and decision, in the order in which they came. */
  hosts: HostView[];
}

export interface HostView {
  host: string;
  /** 0 where none could be read. */
  port: number;
  decision: 'allow' | 'deny';
  rule: string;
  why: string;
  /** The last one that was found for it. */
  address: string;
  requests: number;
  bytesUp: number;
  bytesDown: number;
  /** What cut the last of its requests short that was; empty where none was. */
  cut: string;
  /** The numbers of those that are not over. */
  open: number[];
}

type Asked = Omit<EventData<'network.requested'>, 'actionId'>;
type Ended = Omit<EventData<'network.ended'>, 'actionId'>;

/** Takes in a request of the command. */
export function takeRequest(hosts: readonly HostView[], asked: Asked): HostView[] {
  const { request, host, port, decision, rule, why, address } = asked;
  const isSame = (view: HostView) => view.host === host && view.port === port && view.decision === decision;
  const fresh = { host, port, decision, requests: 0, bytesUp: 0, bytesDown: 0, cut: '', open: [] };
  const all = hosts.some(isSame) ? hosts : [...hosts, { ...fresh, rule, why, address }];
  return all.map((view) => {
    if (!isSame(view)) return view;
    const open = decision === 'allow' ? [...view.open, request] : view.open;
    return { ...view, rule, why, address, open, requests: view.requests + 1 };
  });
}

/** Takes in the end of a request. */
export function takeEnd(hosts: readonly HostView[], { request, bytesUp, bytesDown, why }: Ended): HostView[] {
  return hosts.map((view) =>
    view.open.includes(request)
      ? {
          ...view,
          bytesUp: view.bytesUp + bytesUp,
          bytesDown: view.bytesDown + bytesDown,
          cut: why === '' ? view.cut : why,
          open: view.open.filter((one) => one !== request),
        }
      : view,
  );
}

export const NO_OUTPUT: LiveOutput = { text: '', cut: false, last: -1, end: 0 };

const GAP = '[…]\n';

/** Takes in a piece. One that was taken in before is passed over; a gap shows as one. */
export function takeOutput(held: LiveOutput, { offset, text }: { offset: number; text: string }): LiveOutput {
  if (offset <= held.last) return held;
  // A byte that is no UTF-8 came as U+FFFD, which is longer: `end` may be too high, so that no gap is seen where none is.
  const gap = offset > held.end;
  const whole = gap ? `${held.text === '' ? '' : `${held.text}\n`}${GAP}${text}` : held.text + text;
  const kept = newest(whole);
  const end = offset + new TextEncoder().encode(text).length;
  return { text: kept, cut: held.cut || gap || kept.length < whole.length, last: offset, end };
}

/** Takes in all that is held of it elsewhere, where that is more. */
export const takeTail = (held: LiveOutput, tail: LiveOutput): LiveOutput => (tail.last > held.last ? tail : held);

/** From the beginning of a line on, where there is one. */
function newest(text: string): string {
  const over = text.length - LIMITS.liveOutputChars.value;
  if (over <= 0) return text;
  const line = text.indexOf('\n', over);
  if (line >= 0 && line < text.length - 1) return text.slice(line + 1);
  const half = (text.charCodeAt(over) & 0xfc00) === 0xdc00;
  return text.slice(half ? over + 1 : over);
}
