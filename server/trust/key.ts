/** The key that signs trust: Ed25519, in the user's config directory, made at first use, readable by its user alone. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';

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
  const path = keyPath(configDir);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw unusable(path, `it cannot be opened (${error.code})`);
    },
  );
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > 4_096) throw unusable(path, 'it is not a key file');
    if (found.uid !== (process.getuid?.() ?? found.uid)) throw unusable(path, `it belongs to user ${found.uid}`);
    if ((found.mode & 0o077) !== 0)
      throw unusable(path, `others may read it (mode ${(found.mode & 0o777).toString(8)})`);
    return keyOf(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

/** The key; made where there is none. */
export async function ensureTrustKey(configDir: string): Promise<TrustKey> {
  await mkdir(trustDir(configDir), { recursive: true, mode: 0o700 });
  const path = keyPath(configDir);
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null; // it was made before, or by another process just now
    throw unusable(path, `it cannot be made (${error.code})`);
  });
  if (file !== null) {
    try {
      await file.writeFile(pem);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  const key = await readTrustKey(configDir);
  if (key === null) throw unusable(path, 'it is gone again');
  return key;
}

const keyPath = (configDir: string) => join(trustDir(configDir), 'key.pem');

function keyOf(pem: string, path: string): TrustKey {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    throw unusable(path, 'it holds no key');
  }
  if (secret.asymmetricKeyType !== 'ed25519') throw unusable(path, 'it holds a key of another kind');
  const open = createPublicKey(secret);
  return {
    fingerprint: createHash('sha256')
      .update(open.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    sign: (text) => sign(null, Buffer.from(text), secret).toString('base64'),
    verifies: (text, signature) => verify(null, Buffer.from(text), open, Buffer.from(signature, 'base64')),
  };
}

const unusable = (path: string, why: string): Fault =>
  new Fault({
    status: 403,
    code: 'trust_key_unusable',
    message: `The key that signs trust, ${path}, cannot be used: ${why}.`,
    hint: 'If you did not make it so, take it away: a new one is made, and workspaces are asked about again.',
  });
