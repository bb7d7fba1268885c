/** Signs texts with an Ed25519 key, and checks such signatures: of heads of chains, and of receipts. */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

export interface Signer {
  /** The public key as PEM (SPKI), for whoever is to check what was signed. */
  publicKey: string;
  /** SHA-256 (hex) of the public key in its DER form: the short name of the key. */
  fingerprint: string;
  /**
   * The signature of a text, in Base64. A text says first what it is for (`canonical({ kind: 'vtcode …' })`), so that a signature
   * given for one thing is none for another.
   */
  sign(text: string): string;
}

/** `secret` is an Ed25519 private key. */
export function signerOf(secret: KeyObject): Signer {
  const open = createPublicKey(secret);
  return {
    publicKey: open.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: fingerprintOf(open),
    sign: (text) => sign(null, Buffer.from(text), secret).toString('base64'),
  };
}

export interface Verifier {
  fingerprint: string;
  verifies(text: string, signature: string): boolean;
}

/** Of a public key as PEM; null where the text holds no Ed25519 key. A private key is taken too: it holds the public one. */
export function verifierOf(publicKey: string): Verifier | null {
  const open = parse(publicKey);
  if (open?.asymmetricKeyType !== 'ed25519') return null;
  return {
    fingerprint: fingerprintOf(open),
    verifies: (text, signature) => verify(null, Buffer.from(text), open, Buffer.from(signature, 'base64')),
  };
}

function parse(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem);
  } catch {
    return null; // no key, and what came is no secret of ours to repeat
  }
}

const fingerprintOf = (open: KeyObject): string =>
  createHash('sha256')
    .update(open.export({ type: 'spki', format: 'der' }))
    .digest('hex');
