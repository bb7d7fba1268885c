/** Where a provider is, in the words that a person may see. */
import type { Origin } from './failure.ts';
import type { ProviderSpec } from './spec.ts';

/** `usual` is the address of the provider itself, where the spec names none. The host stands without user and password. */
export function originOf(spec: ProviderSpec, usual: string): Origin {
  const { name, baseUrl, apiKey, keyFrom } = spec;
  return { name, baseUrl, apiKey, keyFrom, host: new URL(baseUrl ?? usual).host };
}
