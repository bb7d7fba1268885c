/** Internet addresses as numbers, and which of them lie in the open internet: all others a proxy for commands refuses. */

/** Four or sixteen bytes. */
export type AddressBytes = readonly number[];

/** The bytes of an address in its usual spelling, without brackets and zone; null for any other text. */
export function parseAddress(text: string): AddressBytes | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

/** Four decimal numbers without leading zeros. Every other spelling that some program takes is none to us. */
function parseV4(text: string): AddressBytes | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

/** RFC 4291 §2.2: groups of hexadecimal digits, one gap, and perhaps an IPv4 address at the end. */
function parseV6(text: string): AddressBytes | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1));
  if (head === undefined || head === null || tail === null) return null;
  if (tail === undefined) return head.length === 16 ? head : null;
  const gap = 16 - head.length - tail.length;
  return gap >= 2 ? [...head, ...Array<number>(gap).fill(0), ...tail] : null;
}

function groupsOf(half: string, isLast: boolean): number[] | null {
  if (half === '') return [];
  const groups = half.split(':');
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    const dotted = isLast && i === groups.length - 1 && group.includes('.') ? parseV4(group) : null;
    if (dotted !== null) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}

/** The one spelling of an address: RFC 5952 for IPv6, so that two ways to write it are one. */
export function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const [start, length] = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeros(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > best[1]) best = [i, end - i];
  }
  return best;
}

interface Block {
  prefix: string;
  bits: number;
  why: string;
}

const block = (prefix: string, bits: number, why: string): Block => ({ prefix, bits, why });

/** What of IPv4 is not the open internet: the special-purpose registry of IANA, and one address of a cloud. */
const CLOSED_V4: readonly Block[] = [
  block('0.0.0.0', 8, 'this machine itself'),
  block('10.0.0.0', 8, 'a private network'),
  block('100.64.0.0', 10, 'the network of a provider (carrier-grade NAT)'),
  block('127.0.0.0', 8, 'the loopback of this machine'),
  block('168.63.129.16', 32, 'where a cloud tells its machines about themselves'),
  block('169.254.0.0', 16, 'the link, where clouds tell machines their keys'),
  block('172.16.0.0', 12, 'a private network'),
  block('192.0.0.0', 24, 'reserved for protocols'),
  block('192.0.2.0', 24, 'for documentation'),
  block('192.88.99.0', 24, 'a relay to IPv6'),
  block('192.168.0.0', 16, 'a private network'),
  block('198.18.0.0', 15, 'for measurements'),
  block('198.51.100.0', 24, 'for documentation'),
  block('203.0.113.0', 24, 'for documentation'),
  block('224.0.0.0', 4, 'for many receivers at once'),
  block('240.0.0.0', 4, 'reserved'),
];

/** Named for their words; whatever lies outside of 2000::/3 is closed, named or not. */
const CLOSED_V6: readonly Block[] = [
  block('::', 128, 'this machine itself'),
  block('::1', 128, 'the loopback of this machine'),
  block('::ffff:0:0', 96, 'an IPv4 address in the clothes of IPv6'),
  block('::', 96, 'an IPv4 address in the clothes of IPv6'),
  block('64:ff9b::', 96, 'an IPv4 address behind a translator (NAT64)'),
  block('64:ff9b:1::', 48, 'an IPv4 address behind a translator (NAT64)'),
  block('fc00::', 7, 'a private network'),
  block('fe80::', 10, 'the link'),
  block('fec0::', 10, 'a private network'),
  block('ff00::', 8, 'for many receivers at once'),
  block('2001:db8::', 32, 'for documentation'),
  block('2001::', 23, 'reserved for protocols, tunnels among them'),
  block('2002::', 16, 'an IPv4 address behind a tunnel (6to4)'),
  block('3fff::', 20, 'for documentation'),
];
const OPEN_V6 = block('2000::', 3, '');

/** Why nobody is let to this address; empty for one of the open internet. */
export function closedAddress(bytes: AddressBytes): string {
  const closed = bytes.length === 4 ? CLOSED_V4 : CLOSED_V6;
  const found = closed.find((one) => within(bytes, one));
  if (found !== undefined) return found.why;
  return bytes.length === 4 || within(bytes, OPEN_V6) ? '' : 'not of the open internet';
}

function within(bytes: AddressBytes, { prefix, bits }: Block): boolean {
  const start = parseAddress(prefix)!;
  if (start.length !== bytes.length) return false;
  return bytes.every((byte, i) => {
    const mask = 0xff & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i)));
    return (byte & mask) === (start[i]! & mask);
  });
}
