/** What signs the records of a benchmark: a key of its own, and the last head beside them. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { signerOf } from '../../server/base/signer.ts';
import type { Seals } from '../../server/store/heads.ts';

export const benchSeals = (dir: string): Seals => ({
  signer: signerOf(generateKeyPairSync('ed25519').privateKey),
  anchor: join(dir, 'anchor.json'),
});
