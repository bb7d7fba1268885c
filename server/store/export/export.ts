/** A session for somebody else: as markdown, JSON or one HTML file, with a signed receipt at its end. */
import { createHash } from 'node:crypto';
import { setImmediate as breath } from 'node:timers/promises';
import type { ExportFormat } from '../../../shared/receipt.ts';
import { partOf } from '../../base/text.ts';
import type { Signer } from '../../base/signer.ts';
import { fenced } from '../markdown-text.ts';
import { conversation } from '../markdown.ts';
import { INFO } from '../md/blocks.ts';
import { recordBlock, summaryOf } from '../md/file.ts';
import { writeFront } from '../md/front.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { NOT_MASKED } from '../redaction.ts';
import { exportEnd } from './end.ts';
import { htmlBody } from './html.ts';
import { gather, type Made, type Source } from './made.ts';

export interface ExportOptions extends Source {
  format: ExportFormat;
  signer: Signer;
  /** Of vtcode. */
  version: string;
  /** RFC 3339. */
  madeAt: string;
  /** The bytes of files by their hash, null for what is gone; null: they are not carried. */
  blobs: ((hash: string) => Promise<Buffer | null>) | null;
}

type Pieces = AsyncIterable<string>;

/** Pieces of the text in UTF-8, some tens of thousands of characters each. */
export async function* exportSession(options: ExportOptions): Pieces {
  const { format, signer, version, madeAt, blobs, redaction, session } = options;
  const facts = { madeAt, version, format, session: session.id, full: blobs !== null, redacted: redaction !== null };
  const made = await gather(options, facts);
  const text = createHash('sha256');
  for await (const piece of gathered(BODIES[format](made, blobs))) {
    text.update(piece);
    yield piece;
    await breath();
  }
  const receipt = made.receipt.sign(signer, { text: text.digest('hex'), masked: made.masked ?? [] });
  yield exportEnd(format, receipt);
}

type Blobs = ExportOptions['blobs'];

const BODIES: Record<ExportFormat, (made: Made, blobs: Blobs) => Pieces> = {
  md: markdownBody,
  json: jsonBody,
  html: htmlBody,
};

async function* markdownBody(made: Made, blobs: Blobs): Pieces {
  const { session, timeline, lines, last, masked } = made;
  const title = partOf(session.title, 0, 300);
  const front = { vtcode: 1, kind: 'export', chain: session.id, title, created: session.createdAt } as const;
  yield writeFront({ ...front, redacted: masked !== null });
  const words = masked?.map(({ what, count }) => `${what} (${count})`) ?? null;
  yield* conversation({ session, timeline, count: lines.length, last, masked: words });
  yield '\n## Record\n\nEach event as it was recorded, one a line.\n\n';
  const size = LIMITS.recordBatch.value;
  for (let i = 0; i < lines.length; i += size) {
    const batch = lines.slice(i, i + size);
    yield `${recordBlock(batch, summaryOf(i + 1, i + batch.length))}\n`;
  }
  for await (const [hash, bytes] of carried(made, blobs))
    yield `<details><summary>Bytes of ${hash}</summary>\n\n${fenced(wrapped(bytes), `${INFO.blob} ${hash}`)}\n\n</details>\n\n`;
}

async function* jsonBody(made: Made, blobs: Blobs): Pieces {
  const left = made.masked === null ? '' : `,\n"notMasked":${JSON.stringify(NOT_MASKED)}`;
  yield `{"session":${JSON.stringify(made.session)},\n"redacted":${made.masked !== null}${left},\n"events":[\n`;
  for (const [i, line] of made.lines.entries()) yield i === 0 ? line : `,\n${line}`;
  yield '\n]';
  if (blobs === null) return;
  yield ',\n"blobs":{';
  let first = true;
  for await (const [hash, bytes] of carried(made, blobs)) {
    yield `${first ? '' : ','}\n"${hash}":"${bytes.toString('base64')}"`;
    first = false;
  }
  yield '\n}';
}

async function* carried({ blobs: hashes }: Made, blobs: Blobs): AsyncIterable<[hash: string, bytes: Buffer]> {
  if (blobs === null) return;
  for (const hash of hashes) {
    const bytes = await blobs(hash);
    if (bytes !== null) yield [hash, bytes];
  }
}

const wrapped = (bytes: Buffer): string => bytes.toString('base64').replace(/(.{100})(?=.)/g, '$1\n');

const PIECE = 64 * 1024;

/** Small pieces as larger ones: each costs its way through the streams. */
async function* gathered(pieces: Pieces): Pieces {
  let held: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    held.push(piece);
    length += piece.length;
    if (length < PIECE) continue;
    yield held.join('');
    held = [];
    length = 0;
  }
  if (length > 0) yield held.join('');
}
