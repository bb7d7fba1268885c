/** Hosts as a program asks for them: one spelling for each, or the reason why it is refused. */
import { domainToASCII } from 'node:url';
import { type AddressBytes, closedAddress, formatAddress, parseAddress } from './address.ts';

export interface Host {
  /** Lower case, punycode, without a dot at the end; an address as RFC 5952 writes it, without brackets. */
  name: string;
  /** Null for a name. */
  address: AddressBytes | null;
}

export interface Target {
  host: Host;
  port: number;
}

/** `rule`: the last part of its name, as `host.RULE`. */
export interface Refused {
  ok: false;
  rule: 'syntax' | 'spelling' | 'local' | 'address';
  why: string;
}

/** The longest that is looked at: a name, brackets and a port. */
const MOST_CHARS = 300;
/** What no machine in the open internet is called: RFC 6761, 6762, 8375, 7686, 9476, and what networks use for themselves. */
const LOCAL_ENDS = [
  ...['localhost', 'local', 'localdomain', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'home.arpa'],
  ...['onion', 'invalid', 'alt'],
];
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** `HOST:PORT` as CONNECT has it (RFC 9110 §9.3.6); the port may be left out where `fallback` is one. */
export function parseAuthority(text: string, fallback: number | null): ({ ok: true } & Target) | Refused {
  if (text.length > MOST_CHARS) return refused('syntax', 'it is too long for a host');
  if (text.includes('@')) return refused('syntax', 'a host has no user name before it');
  const found = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(text);
  if (found === null) return refused('syntax', 'expected HOST:PORT');
  const port = found[2] === undefined ? fallback : Number(found[2]);
  if (port === null || port < 1 || port > 65_535) return refused('syntax', 'expected a port from 1 to 65535');
  const host = parseHost(found[1]!);
  return host.ok ? { ok: true, host: host.host, port } : host;
}

/** A name, an IPv4 address or an IPv6 address in brackets. One that can lead nowhere but to this machine or its network is refused. */
export function parseHost(text: string): { ok: true; host: Host } | Refused {
  if (text.startsWith('[')) return bracketed(text);
  if (!/^[\x21-\x7e]*$/.test(text)) return refused('spelling', 'a host is written in ASCII, other letters as punycode');
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name === '') return refused('syntax', 'the host is empty');
  const labels = name.split('.');
  if (isNumber(labels.at(-1)!)) return numeric(text);
  if (name.length > 253 || !labels.every((label) => LABEL.test(label)))
    return refused('spelling', 'it is no name of a host');
  if (labels.some((label) => label.startsWith('xn--')) && domainToASCII(name) !== name)
    return refused('spelling', 'its punycode is not valid');
  const local = labels.length === 1 || LOCAL_ENDS.some((end) => name === end || name.endsWith(`.${end}`));
  if (local) return refused('local', 'the name is one of this machine or its own network');
  return { ok: true, host: { name, address: null } };
}

/** URL Standard, "ends in a number": what begins here is an address to some resolvers, whatever it looks like. */
const isNumber = (label: string): boolean => /^(?:\d+|0x[0-9a-f]*)$/i.test(label);

function numeric(text: string): { ok: true; host: Host } | Refused {
  const address = parseAddress(text);
  if (address === null) return refused('spelling', 'an address is written as four decimal numbers');
  return ofAddress(address);
}

function bracketed(text: string): { ok: true; host: Host } | Refused {
  const inner = text.slice(1, -1);
  if (inner.includes('%')) return refused('spelling', 'an address with a zone leads to the link');
  const address = inner.includes(':') ? parseAddress(inner) : null;
  return address === null ? refused('spelling', 'it is no IPv6 address') : ofAddress(address);
}

function ofAddress(address: AddressBytes): { ok: true; host: Host } | Refused {
  const closed = closedAddress(address);
  if (closed !== '') return refused('address', `${formatAddress(address)} is ${closed}`);
  return { ok: true, host: { name: formatAddress(address), address } };
}

/** As it stands in an authority. */
export const shownTarget = (name: string, port: number): string => `${name.includes(':') ? `[${name}]` : name}:${port}`;

const refused = (rule: Refused['rule'], why: string): Refused => ({ ok: false, rule, why });
