/** Signatures over texts: what holds, what does not, and what is no key. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signerOf, verifierOf } from '../../server/base/signer.ts';

const signer = () => signerOf(generateKeyPairSync('ed25519').privateKey);

describe('a signer', () => {
  it('signs what its public key verifies, and nothing else', () => {
    const mine = signer();
    const verifier = verifierOf(mine.publicKey)!;
    const signature = mine.sign('a text');
    expect(verifier.verifies('a text', signature)).toBe(true);
    expect(verifier.verifies('a text ', signature)).toBe(false);
    expect(verifier.verifies('a text', signer().sign('a text'))).toBe(false);
    expect(verifier.verifies('a text', '')).toBe(false);
    expect(verifier.fingerprint).toBe(mine.fingerprint);
  });

  it('gives away no secret with its public key', () => {
    expect(signer().publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  });

  it.each([
    ['no key', 'hello'],
    ['an empty text', ''],
    [
      'a key of another kind',
      generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ],
  ])('takes %s for none', (_, pem) => {
    expect(verifierOf(pem)).toBeNull();
  });
});
