/** Exports of the sessions of a store, as the page and the command line ask for them. */
import type { SessionInfo } from '../../../shared/api.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { ExportFormat } from '../../../shared/receipt.ts';
import { Fault } from '../../base/fault.ts';
import type { Signer } from '../../base/signer.ts';
import type { Blobs } from '../blobs.ts';
import type { LogReads } from '../reading.ts';
import { createRedaction, type RedactionOptions } from '../redaction.ts';

export interface ExporterDeps {
  log: Pick<LogReads, 'all'>;
  sessions: { get(session: SessionId): SessionInfo };
  blobs: Pick<Blobs, 'get'>;
  signer: Signer;
  version: string;
  /** What redaction must know. */
  facts: RedactionOptions;
}

export interface Wish {
  format: ExportFormat;
  redact: boolean;
  full: boolean;
}

/** Throws a Fault: 404 where there is no such session, 400 where the wishes do not go together. */
export function exporterOf({ log, sessions, blobs, signer, version, facts }: ExporterDeps) {
  return (session: SessionId, { format, redact, full }: Wish): AsyncIterable<string> => {
    if (full && redact) throw togetherNot('redacted: the bytes of files would be as they were.');
    if (full && format === 'html') throw togetherNot('in HTML: take md or json.');
    const info = sessions.get(session);
    return made({
      session: info,
      events: log.all(session),
      format,
      redaction: redact ? createRedaction(facts) : null,
      signer,
      version,
      madeAt: new Date().toISOString(),
      blobs: full ? (hash) => blobs.get(hash) : null,
    });
  };
}

/** The parser of markdown is loaded by the first export, not at each start. */
async function* made(options: Parameters<typeof import('./export.ts').exportSession>[0]): AsyncIterable<string> {
  const { exportSession } = await import('./export.ts');
  yield* exportSession(options);
}

const togetherNot = (why: string) =>
  new Fault({
    status: 400,
    code: 'export_wish',
    message: `An export with the bytes of files (full) cannot be ${why}`,
    hint: 'Leave one of the two out.',
  });
