/** An Ed25519 private key in a file of the user's config directory: made at first use, readable by its user alone. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../base/fault.ts';

export interface KeyFile {
  path: string;
  /** What it signs, in a message: `trust`. */
  signs: string;
  code: string;
  /** What follows when it is taken away. */
  hint: string;
}

const KEY_BYTES = 4_096;

/** The key, or null where none was made yet. Throws a Fault where what is there cannot be relied on. */
export async function readKeyFile(file: KeyFile): Promise<KeyObject | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file.path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw unusable(file, `it cannot be opened (${error.code})`);
  });
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > KEY_BYTES) throw unusable(file, 'it is not a key file');
    if (found.uid !== (process.getuid?.() ?? found.uid)) throw unusable(file, `it belongs to user ${found.uid}`);
    if ((found.mode & 0o077) !== 0)
      throw unusable(file, `others may read it (mode ${(found.mode & 0o777).toString(8)})`);
    return parse(file, await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

/** The key; made where there is none. */
export async function ensureKeyFile(file: KeyFile): Promise<KeyObject> {
  await mkdir(dirname(file.path), { recursive: true, mode: 0o700 });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const handle = await open(file.path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null; // it was made before, or by another process just now
    throw unusable(file, `it cannot be made (${error.code})`);
  });
  if (handle !== null) {
    try {
      await handle.writeFile(pem);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  const key = await readKeyFile(file);
  if (key === null) throw unusable(file, 'it is gone again');
  return key;
}

function parse(file: KeyFile, pem: string): KeyObject {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch {
    throw unusable(file, 'it holds no key');
  }
  if (secret.asymmetricKeyType !== 'ed25519') throw unusable(file, 'it holds a key of another kind');
  return secret;
}

const unusable = ({ path, signs, code, hint }: KeyFile, why: string): Fault =>
  new Fault({ status: 403, code, message: `The key that signs ${signs}, ${path}, cannot be used: ${why}.`, hint });
