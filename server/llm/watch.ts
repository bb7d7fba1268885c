/** Stands between a wire format and the network: keeps time, keeps size, and tells every failure of the way as a ProviderError. */
import { LIMITS } from '../../shared/limits.ts';
import { clean } from './clean.ts';
import type { Origin } from './failure.ts';
import { ProviderError } from './provider.ts';
import type { Fetch, StreamOptions } from './spec.ts';
import { notTheFormat } from './stream-end.ts';

/** What is read of the body of an error: its words, and no more. */
const ERROR_BYTES = 64 * 1024;

export interface Watched {
  /**
   * As the fetch within, but: a redirect is an answer and not followed; no more than `idleMs` pass in silence, before the head
   * or within the body; no event of a stream is longer than the limit; only the named headers go out. Fails with a
   * ProviderError, or with the reason of the signal where that was aborted.
   */
  fetch: Fetch;
  /** What it failed with, for a caller whose library wraps errors; null while all is well. */
  failure(): ProviderError | null;
}

export interface WatchOptions extends StreamOptions {
  origin: Origin;
  /** The names (lower case) of the headers that may go out. */
  headers: readonly string[];
  /** Types of content that no answer has. */
  refuses: RegExp;
}

/** For one request: `failure` is of this one. */
export function watch(options: WatchOptions): Watched {
  let failure: ProviderError | null = null;
  const fail = (error: unknown, signal: AbortSignal | null): unknown => {
    if (signal?.aborted) return signal.reason;
    failure ??= error instanceof ProviderError ? error : networkFailure(error, options.origin);
    return failure;
  };
  return {
    failure: () => failure,
    async fetch(url, init) {
      const signal = init?.signal ?? null;
      const silence = new AbortController();
      const late = setTimeout(() => silence.abort(silent(options)), options.idleMs);
      const either = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
      try {
        const headers = allowed(init?.headers, options.headers);
        const response = await options.fetch(url, { ...init, headers, signal: either, redirect: 'manual' });
        const type = response.headers.get('content-type') ?? '';
        if (response.ok && options.refuses.test(type)) throw notTheFormat(options.origin, type);
        return bounded(response, options, (error) => fail(error, signal));
      } catch (error) {
        throw fail(silence.signal.aborted ? silence.signal.reason : error, signal);
      } finally {
        clearTimeout(late);
      }
    },
  };
}

function allowed(given: RequestInit['headers'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...new Headers(given)].filter(([name]) => names.includes(name)));
}

function bounded(
  response: Response,
  options: StreamOptions & { origin: Origin },
  fail: (error: unknown) => unknown,
): Response {
  const { status, headers } = response;
  const reader = response.body?.getReader();
  if (!reader) return new Response(null, { status: status < 200 ? 500 : status, headers });
  const count = response.ok ? eventCounter(options.origin) : null;
  let left = ERROR_BYTES;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await inTime(reader.read(), options);
          if (done) return controller.close();
          count?.(value);
          controller.enqueue(count ? value : value.subarray(0, left));
          if (count || (left -= value.length) > 0) return;
          controller.close();
          await reader.cancel();
        } catch (error) {
          void reader.cancel(error).catch(() => undefined); // the way is broken already: the first error is the one to tell
          controller.error(fail(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 }, // nothing is read ahead, so that silence is measured only while somebody waits
  );
  return new Response(body, { status, headers });
}

async function inTime<T>(reading: Promise<T>, options: StreamOptions & { origin: Origin }): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(silent(options)), options.idleMs);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(late);
  }
}

/** Counts the bytes between two blank lines of an event stream, where a reader must hold them. */
function eventCounter(origin: Origin): (chunk: Uint8Array) => void {
  const most = LIMITS.sseLineBytes.value;
  let event = 0;
  let line = 0;
  let before = 0;
  return (chunk) => {
    for (const byte of chunk) {
      const ends = byte === 10 || byte === 13;
      if (ends && !(byte === 10 && before === 13)) {
        if (line === 0) event = 0;
        line = 0;
      } else if (!ends) {
        line++;
        if (++event > most) throw tooLarge(origin, most);
      }
      before = byte;
    }
  };
}

const tooLarge = (origin: Origin, most: number) =>
  new ProviderError({
    code: 'malformed',
    message: `${origin.name} (${origin.host}) sent one event of more than ${most} bytes`,
    hint: 'This is no answer of a model: check the base URL.',
    retryable: false,
  });

const silent = ({ origin, idleMs }: StreamOptions & { origin: Origin }) =>
  new ProviderError({
    code: 'cut',
    message: `${origin.name} (${origin.host}) sent nothing for ${Math.round(idleMs / 1000)} s`,
    hint: 'The answer is taken as cut off. A local model may still be loading, or need a shorter conversation.',
    retryable: true,
  });

interface Trouble {
  what: string;
  hint: string;
  retryable: boolean;
  code: 'network' | 'cut';
}

/** The codes of Node's errors and of undici's; `fetch failed` carries them in its cause, a proxy's in a cause of that. */
function networkFailure(error: unknown, origin: Origin): ProviderError {
  const trouble = troubleOf(codeOf(error), error, origin);
  return new ProviderError({ ...trouble, message: `${origin.name} (${origin.host}) ${trouble.what}` });
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return '';
}

function troubleOf(code: string, error: unknown, origin: Origin): Trouble {
  const reach = { code: 'network', retryable: true } as const;
  switch (code) {
    case 'ECONNREFUSED':
      return {
        ...reach,
        what: 'refused the connection',
        hint: 'Is it running, and is the base URL (host and port) right?',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        ...reach,
        what: 'could not be found: its name does not resolve',
        hint: 'Check the network, the proxy and the base URL.',
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return {
        ...reach,
        code: 'cut',
        what: 'closed the connection before the answer was whole',
        hint: 'The answer is asked for anew.',
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { ...reach, what: 'could not be reached', hint: 'Check the network, the firewall and the proxy.' };
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS/.test(code)) {
    const hint =
      'If a proxy of your organisation stands between, set NODE_EXTRA_CA_CERTS to its certificate and start again.';
    return { ...reach, retryable: false, what: `has a certificate that is not trusted (${code})`, hint };
  }
  const words =
    error instanceof Error
      ? [error.message, error.cause instanceof Error ? error.cause.message : ''].join(' ')
      : String(error);
  return {
    ...reach,
    what: `could not be read: ${clean(words, [origin.apiKey])}`,
    hint: 'Check the network and the base URL.',
  };
}
