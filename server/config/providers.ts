/** The providers that the user set up: from the environment and from `[providers.NAME]` of their own config. */

/** One provider with its key. The key lives in this object and in the redactor, and nowhere else. */
export interface ProviderSetup {
  name: string;
  kind: 'anthropic' | 'openai';
  /** null: the provider's own address. */
  baseUrl: string | null;
  /** null: a server that takes no key. */
  apiKey: string | null;
  /** Empty: what the provider lists, or its usual one. */
  models: string[];
  /** Where it was set up: `ANTHROPIC_API_KEY`, or `config.toml:line:column`. */
  source: string;
}

/** Proxies for requests to providers, as the environment has them; empty where it has none. */
export interface ProxySetup {
  https: string;
  http: string;
  noProxy: string;
}
