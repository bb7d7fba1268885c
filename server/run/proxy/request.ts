/** What a request to the proxy asks for, by its one meaning: whatever could be read in two ways is refused. */
import type { IncomingMessage } from 'node:http';
import { parseAuthority, type Refused, type Target } from '../../base/host.ts';

export type Asked = { ok: true; target: Target } | Refused;

/** CONNECT HOST:PORT. A Host header must say the same, where there is one (older clients send none). */
export function tunnelTarget(request: IncomingMessage): Asked {
  const target = parseAuthority(request.url ?? '', null);
  if (!target.ok) return target;
  return agrees(request, target, 443) ?? { ok: true, target };
}

/** An absolute address, as a proxy is sent it (RFC 9112 §3.2.2): `http://HOST/PATH`, and nothing else. */
export function absoluteTarget(request: IncomingMessage): { ok: true; target: Target; path: string } | Refused {
  const found = /^http:\/\/([^/?#]*)([/?][^#\s]*)?$/i.exec(request.url ?? '');
  if (found === null) return syntax('expected an absolute address that begins with http://');
  const target = parseAuthority(found[1]!, 80);
  if (!target.ok) return target;
  const rest = found[2] ?? '/';
  return (
    framing(request) ??
    agrees(request, target, 80) ?? { ok: true, target, path: rest.startsWith('/') ? rest : `/${rest}` }
  );
}

/** Inside of a tunnel: the path alone, for the host that the tunnel was opened to. */
export function innerPath(request: IncomingMessage, target: Target): { ok: true; path: string } | Refused {
  const path = request.url ?? '';
  if (!path.startsWith('/') || path.includes('#')) return syntax('expected a path, inside of a tunnel');
  return framing(request) ?? agrees(request, target, 80) ?? { ok: true, path };
}

/** Whether its body ends in one place for everybody: by a length, by chunks alone, or at once (RFC 9112 §6.3). */
function framing(request: IncomingMessage): Refused | null {
  const codings = valuesOf(request, 'transfer-encoding');
  const lengths = valuesOf(request, 'content-length');
  if (codings.length === 0) return lengths.length > 1 ? syntax('there are two lengths') : null;
  const isChunks = codings.length === 1 && codings[0]!.toLowerCase() === 'chunked' && lengths.length === 0;
  return isChunks ? null : syntax('the end of its body could be read in two ways');
}

/** A Host header that names another host than the target is how one host's request is hidden behind another's name. */
function agrees(request: IncomingMessage, target: Target, port: number): Refused | null {
  const hosts = valuesOf(request, 'host');
  if (hosts.length > 1) return syntax('there are two Host headers');
  const [text] = hosts;
  if (text === undefined) return request.method === 'CONNECT' ? null : syntax('there is no Host header');
  const said = parseAuthority(text, port);
  if (said.ok && said.host.name === target.host.name && said.port === target.port) return null;
  // Some clients leave the port out of the Host header of a CONNECT to another port than 443.
  const bare = request.method === 'CONNECT' && said.ok && said.host.name === target.host.name && !/:\d+$/.test(text);
  return bare ? null : syntax('the Host header names another host than the request');
}

const valuesOf = ({ rawHeaders }: IncomingMessage, wanted: string): string[] =>
  rawHeaders.filter((_text, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === wanted);

const syntax = (why: string): Refused => ({ ok: false, rule: 'syntax', why });

/** Of this hop alone (RFC 9110 §7.6.1), and what is made anew. */
const OWN_HOP = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host'],
  ...['proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'proxy-authentication-info'],
]);

/** The headers that go on to the other side, as pairs in their order and spelling. */
export function passedOn({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase()));
  // A length is no matter of one hop, whatever a sender calls it: without it a body would end elsewhere.
  const hop = new Set([...OWN_HOP, ...named.filter((name) => name !== 'content-length')]);
  return pairs.filter(([name]) => !hop.has(name.toLowerCase()));
}
