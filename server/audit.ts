/** The audit of a server's own records: what the page asks of them, and one check of the chains at a time. */
import type { AuditPort } from './routes/deps.ts';
import { anchorPath } from './cli/seals.ts';
import type { ServeOptions } from './cli/serve-options.ts';
import { verifierOf } from './base/signer.ts';
import type { Store } from './store/store.ts';
import { verifyStore } from './store/verify-store.ts';
import { readAuditKey } from './trust/audit-key.ts';

export interface Audit extends AuditPort {
  /** Ends a check that runs. */
  close(): void;
}

/** Who asks while a check runs waits for that one: it reads all there is, and two at once would only be slower. */
export function openAudit({ stateDir, configDir }: Pick<ServeOptions, 'stateDir' | 'configDir'>, store: Store): Audit {
  const stop = new AbortController();
  let running: ReturnType<AuditPort['verify']> | null = null;
  async function verify() {
    const key = await readAuditKey(configDir);
    const verifier = key && verifierOf(key.publicKey);
    const anchor = anchorPath({ configDir, stateDir });
    return verifyStore({ stateDir, anchor, verifiers: verifier ? [verifier] : [], signal: stop.signal });
  }
  return {
    ...store.audit,
    verify: () => (running ??= verify().finally(() => (running = null))),
    close: () => stop.abort(),
  };
}
