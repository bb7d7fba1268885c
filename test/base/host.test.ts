/** Which hosts a command may ask for at all: every odd spelling of this machine, its network and a cloud's keys is refused. */
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedAddress, formatAddress, parseAddress } from '../../server/base/address.ts';
import { formatPattern, intersection, matches, parsePattern } from '../../server/base/host-pattern.ts';
import { parseAuthority, shownTarget } from '../../server/base/host.ts';

const GOOD: [asked: string, name: string, port: number][] = [
  ['example.org:443', 'example.org', 443],
  ['EXAMPLE.Org:443', 'example.org', 443],
  ['example.org.:443', 'example.org', 443],
  ['a_b.example.org:1', 'a_b.example.org', 1],
  ['xn--bcher-kva.example:443', 'xn--bcher-kva.example', 443],
  ['93.184.216.34:80', '93.184.216.34', 80],
  ['[2606:2800:0220:0001:0:0:0:1]:443', '2606:2800:220:1::1', 443],
  ['1.example.org:65535', '1.example.org', 65_535],
];

const REFUSED: [asked: string, rule: string][] = [
  ...['example.org', ':443', 'example.org:', 'example.org:0', 'example.org:65536', 'example.org:4 4'].map(syntax),
  ...['a@example.org:443', 'a:b@example.org:443', 'http://example.org:443', 'example.org:443:443', '[::1:443'].map(
    syntax,
  ),
  ...['example..org:443', '.example.org:443', '-a.example.org:443', 'a b.org:443', 'exa%6dple.org:443'].map(spelling),
  ...['exämple.org:443', 'ｅxample.org:443', 'xn--a.example:443', 'example.org..:443', 'a/b.org:443'].map(spelling),
  ...['2130706433:80', '0x7f000001:80', '0177.0.0.1:80', '127.1:80', '0x7f.0.0.1:80', '127.0.0.01:80'].map(spelling),
  ...['1.2.3.4.5:80', 'example.0x7f:80', 'a.b.c.1:80', '256.1.1.1:80', '[fe80::1%eth0]:80', '[::1::]:80'].map(spelling),
  ...['[127.0.0.1]:80', '[]:80', '[12345::]:80'].map(spelling),
  ...['localhost:80', 'LocalHost.:80', 'a.localhost:80', 'printer.local:80', 'intranet:80', 'db.internal:80'].map(
    local,
  ),
  ...['metadata.google.internal:80', 'router.home.arpa:80', 'nas.lan:80', 'x.onion:80'].map(local),
  ...['127.0.0.1:80', '0.0.0.0:80', '10.1.2.3:80', '169.254.169.254:80', '192.168.0.1:80', '100.100.100.200:80'].map(
    addr,
  ),
  ...['168.63.129.16:80', '224.0.0.1:80', '255.255.255.255:80', '[::1]:80', '[::]:80', '[::ffff:127.0.0.1]:80'].map(
    addr,
  ),
  ...['[::ffff:8.8.8.8]:80', '[64:ff9b::8.8.8.8]:80', '[2002:7f00:1::]:80', '[fd00:ec2::254]:80', '[fe80::1]:80'].map(
    addr,
  ),
  ...['[ff02::1]:80', '[2001:0:1::]:80', '[::127.0.0.1]:80', '[4000::1]:80'].map(addr),
];

function syntax(text: string): [string, string] {
  return [text, 'syntax'];
}
function spelling(text: string): [string, string] {
  return [text, 'spelling'];
}
function local(text: string): [string, string] {
  return [text, 'local'];
}
function addr(text: string): [string, string] {
  return [text, 'address'];
}

describe('what a proxy is asked for', () => {
  it.each(GOOD)('takes %s as one host', (asked, name, port) => {
    expect(parseAuthority(asked, null)).toMatchObject({ ok: true, host: { name }, port });
  });

  it.each(REFUSED)('refuses %s', (asked, rule) => {
    expect(parseAuthority(asked, null)).toMatchObject({ ok: false, rule });
  });

  it('has one spelling for each host: what is shown is taken as the same again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (text, port) => {
        const asked = parseAuthority(text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`, null);
        if (!asked.ok) return;
        expect(parseAuthority(shownTarget(asked.host.name, port), null)).toEqual(asked);
      }),
    );
  });

  it('never throws, whatever it is asked for', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void parseAuthority(text, 80)));
  });
});

describe('addresses', () => {
  it('are read as the system reads them, and written in one way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const bytes = parseAddress(text);
        expect(bytes !== null).toBe(isIP(text) !== 0 && !text.includes('%'));
        if (bytes !== null) expect(parseAddress(formatAddress(bytes))).toEqual(bytes);
      }),
    );
  });

  it('that hold an IPv4 address never lead further than that address itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        for (const inside of [`::ffff:${v4}`, `::${v4}`, `64:ff9b::${v4}`])
          expect(closedAddress(parseAddress(inside)!)).not.toBe('');
      }),
    );
  });

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    'like %s are of the open internet',
    (text) => {
      expect(closedAddress(parseAddress(text)!)).toBe('');
    },
  );
});

const pattern = (text: string) => {
  const parsed = parsePattern(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.pattern;
};

describe('a pattern of hosts', () => {
  const CASES: [pattern: string, host: string, port: number, does: boolean][] = [
    ['example.org', 'example.org', 443, true],
    ['example.org', 'example.org', 80, true],
    ['example.org', 'example.org', 22, false],
    ['example.org', 'a.example.org', 443, false],
    ['example.org', 'badexample.org', 443, false],
    ['*.example.org', 'a.example.org', 443, true],
    ['*.example.org', 'a.b.example.org', 443, true],
    ['*.example.org', 'example.org', 443, false],
    ['*.example.org', 'aexample.org', 443, false],
    ['*.example.org', 'example.org.evil.test', 443, false],
    ['example.org:8080', 'example.org', 8080, true],
    ['example.org:8080', 'example.org', 443, false],
    ['EXAMPLE.org.', 'example.org', 443, true],
    ['bücher.example', 'xn--bcher-kva.example', 443, true],
  ];

  it.each(CASES)('%s and %s:%i: %s', (text, host, port, does) => {
    expect(matches(pattern(text), host, port)).toBe(does);
  });

  it.each([
    '*',
    '*.org.*',
    'a.*.org',
    '**.example.org',
    '',
    'localhost',
    '127.0.0.1',
    'https://example.org',
    '*.local',
  ])('is not %j', (text) => {
    expect(parsePattern(text).ok).toBe(false);
  });

  it('narrowed by another lets through what both do, and nothing else', () => {
    const names = fc.constantFrom('example.org', 'a.example.org', 'b.a.example.org', 'other.test');
    const patterns = fc
      .tuple(fc.constantFrom('', '*.'), names, fc.constantFrom('', ':80', ':443', ':8080'))
      .map((parts) => pattern(parts.join('')));
    const hosts = fc.constantFrom('example.org', 'a.example.org', 'b.a.example.org', 'x.other.test', 'other.test');
    fc.assert(
      fc.property(patterns, patterns, hosts, fc.constantFrom(80, 443, 8080), (a, b, host, port) => {
        const both = intersection(a, b);
        expect(both !== null && matches(both, host, port)).toBe(matches(a, host, port) && matches(b, host, port));
        if (both !== null) expect(pattern(formatPattern(both))).toEqual(both);
      }),
    );
  });
});
