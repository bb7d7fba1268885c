/** `vtcode audit`: whether the records are whole, and the key that tells. */
import { readFile } from 'node:fs/promises';
import type { Verified } from '../../shared/records-api.ts';
import { Fault } from '../base/fault.ts';
import { type Verifier, verifierOf } from '../base/signer.ts';
import { verifyStore } from '../store/verify-store.ts';
import { ensureAuditKey, readAuditKey } from '../trust/audit-key.ts';
import type { Args } from './args.ts';
import { verifyReceipt } from './audit-receipt.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { anchorPath } from './seals.ts';

export async function verifyCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const verifiers = await verifiersOf(args.flags.get('key') ?? null, place);
  const file = args.flags.get('receipt');
  if (file !== undefined) return verifyReceipt({ file, verifiers, json: args.flags.has('json') }, io);
  const { signal } = new AbortController();
  const found = await verifyStore({ stateDir: place.stateDir, anchor: anchorPath(place), verifiers, signal });
  await io.out(args.flags.has('json') ? `${JSON.stringify(found)}\n` : tell(found));
  return found.whole ? 0 : 1;
}

export async function keyCommand(_: Args, io: Io): Promise<number> {
  const { configDir } = await findPlace(io, '.', 'look');
  const { publicKey, fingerprint } = (await readAuditKey(configDir)) ?? (await ensureAuditKey(configDir));
  io.err(`SHA-256 of the key: ${fingerprint}\n`);
  await io.out(publicKey);
  return 0;
}

/** Of the key in a file, or of the person's own; none where there is neither. */
async function verifiersOf(file: string | null, { configDir }: Place): Promise<Verifier[]> {
  const pem =
    file === null ? (await readAuditKey(configDir))?.publicKey : await readFile(file, 'utf8').catch(noFile(file));
  if (pem === undefined) return [];
  const verifier = verifierOf(pem);
  if (verifier === null) throw notAKey(file ?? '');
  return [verifier];
}

function tell({ whole, broken, events, chains, tombstones, heads, unsealed }: Verified): string {
  const lines = [
    whole ? 'The record is whole.' : 'The record is broken.',
    ...(broken === null ? [] : [`  at seq ${broken.seq}: ${broken.how}; ${shown(broken.why)}`]),
    ...(broken === null || broken.chain === '' ? [] : [`  chain    ${shown(broken.chain)}, event ${broken.chainSeq}`]),
    `  events   ${events} in ${chains} chains`,
    ...(tombstones === 0 ? [] : [`  deleted  ${tombstones} of them: their content is gone, their seals hold`]),
    `  signed   ${heads.last === null ? 'no head yet' : `${heads.count} heads, the last at seq ${heads.last.seq}, ${heads.last.at}`}`,
    ...(heads.foreign === 0
      ? []
      : [`  foreign  ${heads.foreign} heads are signed with a key that is not here; see --key`]),
    ...(unsealed === 0
      ? []
      : [`  since    ${unsealed} events came after it: their chain holds them, no signature yet`]),
    'It cannot tell what somebody did who has the key: whoever owns this account can read it. Send the records to',
    'another machine to be sure of more.',
    '',
  ];
  return lines.join('\n');
}

const noFile =
  (file: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new Fault({
      status: 400,
      code: 'no_key',
      message: `${file} cannot be read (${error.code}).`,
      hint: 'vtcode audit key prints the public key that belongs there.',
    });
  };

const notAKey = (file: string) =>
  new Fault({
    status: 400,
    code: 'no_key',
    message: `${file} is expected to hold an Ed25519 public key as PEM, and does not.`,
    hint: 'vtcode audit key prints one.',
  });
