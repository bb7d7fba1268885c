/** What is needed to open a provider: a wire format, a place, a key, and how to get there. */

/**
 * A provider as the settings or the environment name it, its key resolved. Never logged and never sent to the page: it holds
 * the key. `baseUrl` null means the provider's own address; `apiKey` null, a server that asks for none.
 */
export interface ProviderSpec {
  /** As in `NAME/model`. */
  name: string;
  kind: 'anthropic' | 'openai';
  baseUrl: string | null;
  apiKey: string | null;
  /** Where the key came from, as a person knows it: `ANTHROPIC_API_KEY`, `api_key_command of providers.work`; '' without one. */
  keyFrom: string;
  /** The models to offer, the first being the default; empty: those that we know or that the server lists. */
  models: string[];
  /** `auto` asks for thinking where the model has it; `off` does not ask (a model that always thinks still does). */
  thinking: 'auto' | 'off';
}

/** A spec with its models known. */
export interface FoundProvider extends ProviderSpec {
  found: { id: string; contextTokens: number }[];
  /** A word for the person where something is amiss, e.g. that the server listed no models; '' otherwise. */
  remark: string;
}

/** The one way out. Made by `createFetch`, so that proxies hold for it; a test may give its own. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface StreamOptions {
  fetch: Fetch;
  /** Milliseconds of silence after which a stream is taken as cut. */
  idleMs: number;
}
