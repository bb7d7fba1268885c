/** The key of the records: made once, kept to its user, apart from that of trust. */
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifierOf } from '../../server/base/signer.ts';
import { auditDir, ensureAuditKey, readAuditKey } from '../../server/trust/audit-key.ts';
import { ensureTrustKey } from '../../server/trust/key.ts';
import { tempDir } from '../fixtures/temp.ts';

describe('the key of the records', () => {
  it('is made once, for its user alone, and is not the key of trust', async () => {
    const configDir = tempDir();
    expect(await readAuditKey(configDir)).toBeNull();
    const [one, two] = await Promise.all([ensureAuditKey(configDir), ensureAuditKey(configDir)]);
    expect(one.fingerprint).toBe(two.fingerprint);
    expect(statSync(join(auditDir(configDir), 'key.pem')).mode & 0o777).toBe(0o600);
    expect(statSync(auditDir(configDir)).mode & 0o777).toBe(0o700);
    expect((await ensureTrustKey(configDir)).fingerprint).not.toBe(one.fingerprint);
    const read = await readAuditKey(configDir);
    expect(verifierOf(one.publicKey)!.verifies('x', read!.sign('x'))).toBe(true);
  });

  it('is refused where others could read it, or where it is none', async () => {
    const configDir = tempDir();
    await ensureAuditKey(configDir);
    const path = join(auditDir(configDir), 'key.pem');
    chmodSync(path, 0o644);
    await expect(readAuditKey(configDir)).rejects.toThrow('others may read it (mode 644)');
    chmodSync(path, 0o600);
    writeFileSync(path, 'not a key');
    await expect(ensureAuditKey(configDir)).rejects.toMatchObject({ code: 'audit_key_unusable' });
  });
});
