/** The page's one way to the server's API: what goes and what comes is as `shared/api.ts` says. */
import { API, ApiError, type ApiName, type Body, type Query, type Response as Answer } from '../../shared/api.ts';
import { uuid } from './uuid.ts';

/** What the server, or the way to it, said no with. `status` 0: no answer came. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(said: { status: number; code: string; message: string; hint: string }) {
    super(said.message);
    this.name = 'ApiFailure';
    this.status = said.status;
    this.code = said.code;
    this.hint = said.hint;
  }
}

export interface Call<N extends ApiName> {
  /** What stands for `:id` and its like in the path. */
  params?: Record<string, string>;
  query?: Query<N>;
  body?: Body<N>;
  signal?: AbortSignal;
}

/** The names of the endpoints that do something: their body has a `commandId`. */
export type CommandName = { [N in ApiName]: Body<N> extends { commandId: string } ? N : never }[ApiName];
type Unnumbered<T> = T extends unknown ? Omit<T, 'commandId'> : never;

export interface ApiOptions {
  /** Null where nobody is logged in; the server then answers 401. */
  token: () => string | null;
  /** Called once for each 401. */
  onRefused: () => void;
  fetch?: typeof fetch;
}

/** Waits before a command goes out again when no answer came. The same commandId makes the second one harmless. */
const RETRY_MS = [300, 1_000, 3_000];

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Calls an endpoint and gives its parsed answer. Throws an ApiFailure; an abort throws the signal's reason. */
  async call<N extends ApiName>(name: N, call: Call<N> = {}): Promise<Answer<N>> {
    const response = await this.#send(name, call);
    const parsed = API[name].response.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw unreadable(name, parsed.error.message);
    // The schema that the answer has just passed is that of this name; TypeScript cannot tie the two.
    return parsed.data as Answer<N>;
  }

  /** The same for what does something: adds a commandId, and sends it again, the same, while no answer comes. */
  async command<N extends CommandName>(
    name: N,
    call: { params?: Record<string, string>; body?: Unnumbered<Body<N>>; signal?: AbortSignal } = {},
  ): Promise<Answer<N>> {
    // A body of this endpoint without its commandId, and the commandId: together the body.
    const body = { ...call.body, commandId: uuid() } as unknown as Body<N>;
    for (const wait of RETRY_MS) {
      try {
        return await this.call(name, { ...call, body });
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.status !== 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    return this.call(name, { ...call, body });
  }

  /** The answer as it is, for what is saved as a file. */
  async blob<N extends ApiName>(name: N, call: Call<N> = {}): Promise<{ blob: Blob; filename: string }> {
    const response = await this.#send(name, call);
    const said = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '');
    return { blob: await response.blob(), filename: said?.[1] ?? '' };
  }

  async #send<N extends ApiName>(name: N, call: Call<N>): Promise<Response> {
    const { method, path } = API[name];
    const headers: Record<string, string> = {};
    const token = this.#options.token();
    if (token !== null) headers['authorization'] = `Bearer ${token}`;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers, cache: 'no-store' };
    if (call.body !== undefined) init.body = JSON.stringify(call.body);
    if (call.signal) init.signal = call.signal;
    const response = await (this.#options.fetch ?? fetch)(urlOf(path, call), init).catch((error: unknown) => {
      call.signal?.throwIfAborted();
      throw unreachable(error);
    });
    if (response.status === 401) this.#options.onRefused();
    if (!response.ok) throw await failureOf(response);
    return response;
  }
}

/** `/api/sessions/:id` with its parameters and its query. */
export function urlOf(path: string, call: { params?: Record<string, string>; query?: unknown }): string {
  const filled = path.replace(/:([a-z]+)/g, (_all, key: string) => encodeURIComponent(call.params?.[key] ?? ''));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(key, String(value));
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}

/** What to show of anything that was thrown. */
export function failureFrom(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ApiFailure({ status: 0, code: 'page', message, hint: 'Reload the page.' });
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const parsed = ApiError.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    return new ApiFailure({
      status: response.status,
      code: 'status',
      message: `The server answered ${response.status} and gave no reason.`,
      hint: '',
    });
  const { code, message, hint } = parsed.data.error;
  return new ApiFailure({ status: response.status, code, message, hint: hint ?? '' });
}

function unreachable(error: unknown): ApiFailure {
  const why = error instanceof Error ? error.message : String(error);
  return new ApiFailure({
    status: 0,
    code: 'unreachable',
    message: `The server did not answer (${why}).`,
    hint: 'Is vtcode still running in its terminal?',
  });
}

function unreadable(name: string, detail: string): ApiFailure {
  return new ApiFailure({
    status: 0,
    code: 'unreadable',
    message: `The answer to ${name} is not what this page knows: ${detail.slice(0, 300)}`,
    hint: 'Reload the page: the server may be of another version.',
  });
}
