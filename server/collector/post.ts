/** One request to a collector: no redirect followed, no proxy of the environment, certificates looked at, all of it bounded. */
import http from 'node:http';
import https from 'node:https';
import { LIMITS } from '../../shared/limits.ts';

/**
 * `taken`: it has them. `refused`: it will not take these bytes, however often they come. `later`: not now; `afterMs`, where it
 * said when. A `why` quotes nothing that the other side wrote.
 */
export type Posted =
  | { kind: 'taken'; answer: Uint8Array }
  | { kind: 'refused'; why: string }
  | { kind: 'later'; why: string; afterMs: number | null };

export interface Post {
  (body: Uint8Array, signal: AbortSignal): Promise<Posted>;
  close(): void;
}

/** Never throws. What it opens ends with `close`. */
export function createPost(endpoint: string, headers: Readonly<Record<string, string>>): Post {
  const url = new URL(endpoint);
  const isSecure = url.protocol === 'https:';
  const keep = { keepAlive: true, maxSockets: 1 };
  // Said, for a variable of the environment can turn it off for whoever says nothing.
  const agent = isSecure ? new https.Agent({ ...keep, rejectUnauthorized: true }) : new http.Agent(keep);
  const request = isSecure ? https.request : http.request;
  const post = (body: Uint8Array, signal: AbortSignal) =>
    new Promise<Posted>((resolve) => {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.otlpRequestMs.value)]);
      const failed = (error: Error) => resolve({ kind: 'later', why: reasonOf(error, bound), afterMs: null });
      const sent = request(url, {
        method: 'POST',
        agent,
        signal: bound,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': body.byteLength },
      });
      sent.on('error', failed);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size <= LIMITS.otlpAnswerBytes.value) parts.push(part);
          else response.destroy();
        });
        response.on('error', failed);
        // Also of an answer that is cut short: its status says what came of the request.
        response.on('close', () => resolve(meaning(response, Buffer.concat(parts))));
      });
      sent.end(body);
    });
  return Object.assign(post, { close: () => agent.destroy() });
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp-response */
function meaning({ statusCode: status = 0, headers }: http.IncomingMessage, answer: Buffer): Posted {
  if (status >= 200 && status < 300) return { kind: 'taken', answer };
  if (status === 400 || status === 413 || status === 422) return { kind: 'refused', why: `it answers ${status}` };
  const redirects = status >= 300 && status < 400 ? ', and a redirect is not followed' : '';
  return { kind: 'later', why: `it answers ${status}${redirects}`, afterMs: afterOf(headers['retry-after']) };
}

/** RFC 9110 §10.2.3: seconds, or a date. Null where there is none that can be read. */
function afterOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const isDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} /.test(text); // Date takes much that is none
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : isDate ? Date.parse(text) - Date.now() : NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LIMITS.otlpRetryAfterMs.value);
}

function reasonOf(error: Error, bound: AbortSignal): string {
  if (bound.aborted) return `it did not answer within ${LIMITS.otlpRequestMs.value / 1_000} s`;
  const code = 'code' in error ? String(error.code) : error.name;
  return `it cannot be reached (${code})`;
}
