/** How long to wait before a request is tried again: pure, so that the agent and its tests see the same numbers. */
import { LIMITS } from '../../shared/limits.ts';
import type { ProviderError } from './provider.ts';

/**
 * Milliseconds until the next try after `attempt` tries (1 after the first), or null when there is to be none. `random` is in
 * [0, 1). What the provider asked for is kept to; where it asked for more than we wait, the error is shown instead.
 */
export function retryDelay(error: ProviderError, attempt: number, random: number): number | null {
  if (!error.retryable || attempt >= LIMITS.providerAttempts.value) return null;
  const most = LIMITS.providerRetryMaxMs.value;
  const own = Math.round(Math.min(most, LIMITS.providerRetryBaseMs.value * 2 ** (attempt - 1)) * (0.5 + random / 2));
  if (error.retryAfterMs === null) return own;
  return error.retryAfterMs > most ? null : Math.max(error.retryAfterMs, own);
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * What `retry-after-ms` (milliseconds) or `retry-after` (seconds, or a date as in RFC 9110 §10.2.3) asks for, from `now`; null
 * where neither says anything that can be read. At most a day: more means the same to us.
 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const ms = amount(headers.get('retry-after-ms'));
  if (ms !== null) return Math.min(ms, DAY);
  const raw = headers.get('retry-after');
  const seconds = amount(raw);
  if (seconds !== null) return Math.min(Math.ceil(seconds * 1000), DAY);
  const date = raw && /[A-Za-z]{3}/.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - now), DAY);
}

function amount(raw: string | null): number | null {
  return raw !== null && /^\s*\d{1,15}(\.\d{1,6})?\s*$/.test(raw) ? Number(raw) : null;
}
