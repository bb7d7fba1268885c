/** SHA-256, as hex, of bytes, of text and of plain data. */
import { createHash } from 'node:crypto';
import { canonical } from '../../shared/canonical.ts';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The digest of plain data by its canonical text; of an action it equals `digestOf` in shared/action.ts. */
export const digest = (value: unknown): string => sha256(canonical(value));
