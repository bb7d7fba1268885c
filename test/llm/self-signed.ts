/** A certificate for 127.0.0.1 that signs itself, made anew for each test: no key needs to lie in the repository. */
import { generateKeyPairSync, sign } from 'node:crypto';

const tlv = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts);
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date) => tlv(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

/** DER as in RFC 5280 §4.1: ECDSA with SHA-256 over P-256, one name, one address, good for a day. */
export function selfSigned(): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from('test proxy')))));
  const day = 24 * 60 * 60 * 1000;
  const isAuthority = sequence(
    oid('551d13'),
    tlv(0x01, Buffer.from([255])),
    tlv(0x04, sequence(tlv(0x01, Buffer.from([255])))),
  );
  const address = sequence(oid('551d11'), tlv(0x04, sequence(tlv(0x87, Buffer.from([127, 0, 0, 1])))));
  const facts = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + day))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(isAuthority, address)),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', facts, privateKey));
  const der = sequence(facts, algorithm, signature).toString('base64');
  const cert = `-----BEGIN CERTIFICATE-----\n${der.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
  return { cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}
