/** `vtcode sessions export`: a session whole, on stdout; read from the records, also while a server runs. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ExportFormat } from '../../shared/receipt.ts';
import { systemUser } from '../base/user.ts';
import { secretValues } from '../config/environment.ts';
import { openBlobs } from '../store/blobs.ts';
import { exporterOf } from '../store/export/exporter.ts';
import { ensureAuditKey } from '../trust/audit-key.ts';
import { type Args, usage } from './args.ts';
import type { Io } from './io.ts';
import { findPlace } from './place.ts';
import { readId, withStore } from './sessions.ts';
import { readVersion } from './version.ts';

export async function exportCommand(args: Args, io: Io): Promise<number> {
  const id = readId(args);
  const format = readFormat(args.flags.get('format') ?? 'md');
  const { root, configDir, stateDir } = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  return withStore(args, io, async ({ log, sessions }) => {
    const { home, name: user } = systemUser();
    const known = secretValues(io.env);
    const exported = exporterOf({
      log,
      sessions,
      blobs: await openBlobs(join(stateDir, 'blobs')),
      signer: await ensureAuditKey(configDir),
      version: readVersion(),
      facts: { known, root, home, user, host: hostname(), keep: [] },
    });
    const wish = { format, redact: args.flags.has('redact'), full: args.flags.has('full') };
    for await (const part of exported(id, wish)) await io.out(part);
  });
}

function readFormat(text: string): ExportFormat {
  const format = ExportFormat.safeParse(text);
  if (format.success) return format.data;
  const message = `--format is expected to be one of ${ExportFormat.options.join(', ')}; came ${JSON.stringify(text)}.`;
  throw usage(message, 'What it takes: vtcode sessions export --help');
}
