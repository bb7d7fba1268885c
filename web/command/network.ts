/** What is said of the network of a command: the hosts that it asked for, what went there, and what was refused. */
import type { ConnectAction } from '../../shared/action.ts';
import type { HostView } from '../../shared/timeline-command.ts';
import { shownHost } from '../../shared/title.ts';
import { bytesWord } from '../chat/output.ts';
import type { IconName } from '../ui/icons.ts';
import { counted } from '../ui/size.ts';
import type { Tone } from '../ui/tone.ts';

/** Whether what is sent can be read by others between here and there. */
export function wayOf({ method, port }: Pick<ConnectAction, 'method' | 'port'>): {
  icon: IconName;
  text: string;
  more: boolean;
} {
  if (method !== 'CONNECT' || port === 80)
    return { icon: 'eye', text: 'Plain HTTP: who is between can read it', more: true };
  if (port === 443) return { icon: 'lock', text: 'Encrypted (TLS), to this very name', more: false };
  return { icon: 'eye', text: 'A tunnel: what is in it is not looked at', more: true };
}

export interface HostLine {
  tone: Tone;
  icon: IconName;
  /** HOST:PORT, or what was asked for. */
  host: string;
  /** How often, how much, where to. */
  facts: string;
  /** Why it was refused or cut short; else the rule that let it through. */
  why: string;
}

/** Refused ones first: they are what a reader looks for. */
export function hostLines(hosts: readonly HostView[]): HostLine[] {
  return [...hosts].sort((a, b) => Number(b.decision === 'deny') - Number(a.decision === 'deny')).map(lineOf);
}

function lineOf(view: HostView): HostLine {
  const { decision, requests, bytesUp, bytesDown, address, why, rule, cut } = view;
  const host = view.port === 0 ? view.host : shownHost(view);
  const times = counted(requests, 'request');
  if (decision === 'deny') {
    const facts = address === '' ? times : `${times}, found at ${address}`;
    return { tone: 'denied', icon: 'ban', host, facts, why: `${why} (rule ${rule})` };
  }
  const moved = `${bytesWord(bytesUp)} sent, ${bytesWord(bytesDown)} received`;
  const facts = [times, moved, address].filter((word) => word !== '').join(', ');
  return { tone: cut === '' ? 'allowed' : 'waiting', icon: cut === '' ? 'check' : 'warn', host, facts, why: cut === '' ? `Rule ${rule}` : cut }; // prettier-ignore
}

/** In one word for the line of a command: how many hosts it reached, and how many were refused. */
export function networkChip(hosts: readonly HostView[]): { refused: number; reached: number } {
  const refused = hosts.filter(({ decision }) => decision === 'deny').length;
  return { refused, reached: hosts.length - refused };
}
