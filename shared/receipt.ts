/** What stands at the end of every export: what it was made from, signed, so that a reader elsewhere can check it. */
import * as z from 'zod';
import { FileState, RelPath, Sha256 } from './action.ts';
import { canonical } from './canonical.ts';
import { AnswerKind } from './event.ts';
import { SessionId } from './ids.ts';

export const ExportFormat = z.enum(['md', 'json', 'html']);
export type ExportFormat = z.infer<typeof ExportFormat>;

const signed = z.strictObject({
  kind: z.literal('vtcode receipt'),
  v: z.literal(1),
  /** RFC 3339. */
  madeAt: z.string(),
  /** Of vtcode. */
  version: z.string(),
  format: ExportFormat,
  session: SessionId,
  /** The last event that is in the export: all before it are in it too, and `hash` covers them. */
  head: z.strictObject({ events: z.int(), chainSeq: z.int(), hash: Sha256 }),
  /** SHA-256 of all bytes of the file before the receipt. */
  text: Sha256,
  models: z.array(z.strictObject({ provider: z.string(), model: z.string() })),
  /** The policies of the sandbox that commands ran under, by their hash. */
  policies: z.array(Sha256),
  /** The rules that were in force when turns began, by the hash that `policy.loaded` has; earlier receipts have none. */
  toolPolicies: z.array(Sha256).optional(),
  approvals: z.strictObject({
    requested: z.int(),
    answers: z.partialRecord(AnswerKind, z.int()),
    expired: z.int(),
  }),
  /** From what stood before the session's first change of each to what stands after its last. */
  files: z.array(z.strictObject({ path: RelPath, from: RelPath, before: FileState, after: FileState })),
  /** Whether the session came from elsewhere before it was exported here. */
  imported: z.boolean(),
  /** `full`: the bytes of files are in the export. */
  full: z.boolean(),
  redacted: z.boolean(),
  /** What was masked, and how often; what a redaction cannot know is in the docs. */
  masked: z.array(z.strictObject({ what: z.string(), count: z.int() })),
});
export type ReceiptFacts = z.infer<typeof signed>;

export const Receipt = signed.extend({
  /** The public key, as PEM; whose it is, a reader must know from elsewhere. */
  key: z.string().max(1_000),
  /** Ed25519 over `receiptStatement`, in Base64. */
  signature: z.base64().max(200),
});
export type Receipt = z.infer<typeof Receipt>;

/** The text that is signed: the canonical JSON of all facts. */
export function receiptStatement(facts: ReceiptFacts): string {
  const { key: _key, signature: _signature, ...rest } = facts as Receipt; // a receipt is its facts and these two
  return canonical(rest);
}

/** What stands right before the receipt, and nowhere after it; the signed text ends before it. */
export const EXPORT_MARKS: Readonly<Record<ExportFormat, string>> = {
  md: '## Receipt',
  json: ',\n"receipt":',
  html: '<section id="receipt">',
};
