/** The key that signs the records (heads of chains, receipts of exports): one of its own, so that trust cannot be forged with it. */
import { join } from 'node:path';
import { signerOf, type Signer } from '../base/signer.ts';
import { ensureKeyFile, readKeyFile, type KeyFile } from './key-file.ts';

/** Where the key is, and what else is kept of the records outside the state directory. */
export const auditDir = (configDir: string): string => join(configDir, 'audit');

/** The signer; its key is made where there is none. Throws a Fault where what is there cannot be relied on. */
export const ensureAuditKey = async (configDir: string): Promise<Signer> =>
  signerOf(await ensureKeyFile(keyFile(configDir)));

/** The same, or null where no key was made yet. */
export async function readAuditKey(configDir: string): Promise<Signer | null> {
  const secret = await readKeyFile(keyFile(configDir));
  return secret && signerOf(secret);
}

const keyFile = (configDir: string): KeyFile => ({
  path: join(auditDir(configDir), 'key.pem'),
  signs: 'the records',
  code: 'audit_key_unusable',
  hint: 'If you did not make it so, take it away: a new one is made, and what the old one signed is checked with its public key.',
});
