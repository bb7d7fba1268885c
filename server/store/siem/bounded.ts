/** What an event says, where it is not too long for a record of another system. */
import { LIMITS } from '../../../shared/limits.ts';
import { jsonLine } from './json-line.ts';

/** `json`: all of it; empty where it does not fit. */
export function boundedData(data: unknown): { fits: boolean; json: string; bytes: number } {
  const json = jsonLine(data);
  const bytes = Buffer.byteLength(json);
  const fits = bytes <= LIMITS.siemDataBytes.value;
  return { fits, json: fits ? json : '', bytes };
}
