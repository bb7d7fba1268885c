/** Which providers a server starts with: a script, the demo, or those that are set up; with none of them, the demo. */
import type { HouseOptions } from './cli/serve-options.ts';
import { createDemo } from './llm/demo.ts';
import { discoverProviders, openProviders } from './llm/discover.ts';
import { createFetch } from './llm/fetch.ts';
import type { Provider } from './llm/provider.ts';
import { readScript } from './llm/script.ts';
import { createScripted } from './llm/scripted.ts';
import type { ProviderSpec } from './llm/spec.ts';

/** Milliseconds between the pieces of the demo's words: as fast as one reads. */
const DEMO_DELAY = 12;

type Asked = Pick<HouseOptions, 'script' | 'demo' | 'providers' | 'proxy' | 'logger'>;

/** Throws a Fault for a script that cannot be read or a base URL that cannot be used. */
export async function openModels({ script, demo, providers, proxy, logger }: Asked): Promise<Provider[]> {
  if (script !== null) return [createScripted(await readScript(script), { delayMs: 0 })];
  if (demo) return [createDemo({ delayMs: DEMO_DELAY })];
  const fetch = createFetch(proxy);
  const specs = providers.map((setup): ProviderSpec => ({ ...setup, thinking: 'auto' }));
  const found = await discoverProviders({ specs, fetch });
  for (const { name, remark } of found) if (remark !== '') logger.warn('provider.remark', { provider: name, remark });
  const usable = found.filter((one) => one.found.length > 0);
  return usable.length > 0 ? openProviders(usable, { fetch }) : [createDemo({ delayMs: DEMO_DELAY })];
}
