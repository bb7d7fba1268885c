/** What every record for another system is made with: where it comes from, and what is masked in it. */
import { hostname } from 'node:os';
import { systemUser } from '../../base/user.ts';
import { createRedaction } from '../redaction.ts';
import type { Exporter } from './formats.ts';

interface Given {
  /** Values that are held and secret. */
  secrets: readonly string[];
  /** The workspace, absolute. */
  root: string;
  version: string;
}

/** Who acted, where and on which host is what a collector is for: only secrets are masked. */
export function siemExporter({ secrets, root, version }: Given): Exporter {
  const { home, name: user } = systemUser();
  const host = hostname();
  const redaction = createRedaction({
    ...{ known: secrets, home, root, user, host },
    keep: ['email', 'home', 'host', 'user'],
  });
  return { redaction, version, hostname: host, root };
}
