/** The key that signs trust: Ed25519, in the user's config directory, made at first use, readable by its user alone. */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { signerOf, verifierOf } from '../base/signer.ts';
import { ensureKeyFile, readKeyFile, type KeyFile } from './key-file.ts';

export interface TrustKey {
  /** SHA-256 (hex) of the public key in its DER form. */
  fingerprint: string;
  /** Base64. */
  sign(text: string): string;
  verifies(text: string, signature: string): boolean;
}

export const trustDir = (configDir: string): string => join(configDir, 'trust');

/** The key, or null where none was made yet. Throws a Fault where what is there cannot be relied on. */
export async function readTrustKey(configDir: string): Promise<TrustKey | null> {
  const secret = await readKeyFile(keyFile(configDir));
  return secret && keyOf(secret);
}

/** The key; made where there is none. */
export const ensureTrustKey = async (configDir: string): Promise<TrustKey> =>
  keyOf(await ensureKeyFile(keyFile(configDir)));

const keyFile = (configDir: string): KeyFile => ({
  path: join(trustDir(configDir), 'key.pem'),
  signs: 'trust',
  code: 'trust_key_unusable',
  hint: 'If you did not make it so, take it away: a new one is made, and workspaces are asked about again.',
});

function keyOf(secret: KeyObject): TrustKey {
  const signer = signerOf(secret);
  const verifier = verifierOf(signer.publicKey);
  if (verifier === null) throw new Error('a key that signs has a public half');
  return { ...verifier, sign: (text) => signer.sign(text) };
}
