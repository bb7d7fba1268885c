/** Patterns of hosts in the settings: a name or all names below one, with the ports of the web or one other. */
import { domainToASCII } from 'node:url';
import { parseAuthority } from './host.ts';

export interface HostPattern {
  /** Without `*.`. */
  name: string;
  /** True for all names below it, at any depth, itself not among them. */
  below: boolean;
  /** Null: 80 and 443. */
  port: number | null;
}

/** The ports of a pattern that names none. */
const WEB = [80, 443];

/** `example.org`, `*.example.org`, `example.org:8080`. Letters beyond ASCII become punycode. */
export function parsePattern(text: string): { ok: true; pattern: HostPattern } | { ok: false; why: string } {
  const below = text.startsWith('*.');
  const rest = below ? text.slice(2) : text;
  const [, written = '', port] = /^(.*?)(?::(\d+))?$/s.exec(rest) ?? [];
  // What is odd in ASCII is refused as it stands; only what cannot be ASCII is converted.
  const ascii = /^[\x21-\x7e]*$/.test(written) ? written : domainToASCII(written);
  const parsed = parseAuthority(port === undefined ? ascii : `${ascii}:${port}`, 443);
  if (!parsed.ok) return { ok: false, why: parsed.why };
  if (parsed.host.address !== null) return { ok: false, why: 'an address is asked for each time; name the host' };
  return { ok: true, pattern: { name: parsed.host.name, below, port: port === undefined ? null : parsed.port } };
}

export function matches(pattern: HostPattern, host: string, at: number): boolean {
  const { name, below } = pattern;
  return portsOf(pattern).includes(at) && (below ? host.endsWith(`.${name}`) : host === name);
}

/** What both let through, as a pattern; null for nothing. */
export function intersection(a: HostPattern, b: HostPattern): HostPattern | null {
  const narrow = narrower(a, b) ?? narrower(b, a);
  if (narrow === null) return null;
  const ports = portsOf(a).filter((port) => portsOf(b).includes(port));
  if (ports.length === 0) return null;
  return { ...narrow, port: ports.length === WEB.length ? null : ports[0]! };
}

const portsOf = ({ port }: HostPattern): readonly number[] => (port === null ? WEB : [port]);

/** `a`, where all its names are among those of `b`. */
function narrower(a: HostPattern, b: HostPattern): HostPattern | null {
  if (!b.below) return !a.below && a.name === b.name ? a : null;
  const isBelow = a.name.endsWith(`.${b.name}`) || (a.below && a.name === b.name);
  return isBelow ? a : null;
}

export const formatPattern = ({ name, below, port }: HostPattern): string =>
  `${below ? '*.' : ''}${name}${port === null ? '' : `:${port}`}`;
