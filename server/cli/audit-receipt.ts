/** `vtcode audit verify --receipt FILE`: whether an export is what was signed, and whose key signed it. */
import { resolve } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Verifier } from '../base/signer.ts';
import { readFileWithin } from '../store/read-file.ts';
import { checkReceipt, holds, type ReceiptCheck } from '../store/export/check.ts';
import { type Io, shown } from './io.ts';

export interface ReceiptQuestion {
  file: string;
  verifiers: readonly Verifier[];
  json: boolean;
}

/** Answers the exit code: 0 where all of it holds and the key is one that was given, else 1. */
export async function verifyReceipt({ file, verifiers, json }: ReceiptQuestion, io: Io): Promise<number> {
  const { value: most } = LIMITS.recordFileBytes;
  const found = await readFileWithin(resolve(io.cwd, file), most).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(`${file} cannot be read (${error.code ?? error.message}).`);
  });
  if (found.kind === 'no_file') throw unreadable(`${file} cannot be read (it is no file).`);
  if (found.kind === 'too_large') throw unreadable(`${file} has ${found.size} bytes, and ${most} are the most.`);
  const check = checkReceipt(found.bytes.toString('utf8'), { file, verifiers });
  const whole = holds(check);
  await io.out(json ? `${JSON.stringify({ whole, ...check })}\n` : tell(check, whole));
  return whole ? 0 : 1;
}

const unreadable = (message: string) =>
  new Fault({ status: 400, code: 'no_file', message, hint: 'Name an export, or a file with its receipt alone.' });

function tell(check: ReceiptCheck, whole: boolean): string {
  const { receipt, key, signature, signer, text, events } = check;
  const { head, approvals, files, models } = receipt;
  const answers = Object.entries(approvals.answers).map(([answer, count]) => `${count} ${answer}`);
  return [
    whole ? 'The receipt holds.' : 'The receipt does not hold.',
    `  signature  ${signature}, of the key with the SHA-256 ${key === '' ? '(none that can be read)' : key}`,
    `  key        ${signer === 'known' ? 'one that you gave, or your own' : 'not one that you gave: ask who sent it for theirs, and name it with --key'}`,
    `  text       ${TEXT[text]}`,
    `  events     ${EVENTS[events.state]}${events.why === '' ? '' : `: ${shown(events.why)}`}`,
    `  session    ${receipt.session}, ${head.events} events, the last with the hash ${head.hash}`,
    `  made       ${shown(receipt.madeAt)} by vtcode ${shown(receipt.version)}, as ${receipt.format}`,
    `  models     ${shown(models.map(({ provider, model }) => `${provider}/${model}`).join(', ')) || 'none'}`,
    `  approvals  ${[`${approvals.requested} asked`, ...answers, `${approvals.expired} expired`].join(', ')}`,
    `  files      ${files.length} changed`,
    `  redacted   ${receipt.redacted ? `yes: ${shown(receipt.masked.map(({ what, count }) => `${what} (${count})`).join(', ')) || 'nothing was found'}` : 'no'}`,
    ...(receipt.imported ? ['  imported   the session came from elsewhere before it was exported'] : []),
    'It tells that the holder of the key made this export of a record that says so. It does not tell what somebody did who has',
    'the key, nor that nothing happened outside of vtcode.',
    '',
  ].join('\n');
}

const TEXT: Record<ReceiptCheck['text'], string> = {
  whole: 'as it was signed',
  changed: 'CHANGED since it was signed',
  absent: 'not in this file: it is the receipt alone',
};

const EVENTS: Record<ReceiptCheck['events']['state'], string> = {
  whole: 'a whole chain, up to the hash that was signed',
  broken: 'NOT the chain that was signed',
  none: 'none are in this file as data',
};
