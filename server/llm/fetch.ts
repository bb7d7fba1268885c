/** The way out to providers: a fetch that goes through the proxy of the person's environment, where there is one. */
import type { Fetch } from './spec.ts';

/** As `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say it; '' where they say nothing. */
export interface ProxySettings {
  https: string;
  http: string;
  noProxy: string;
}

/** Never asked through a proxy: what is served here is for here, and a proxy would look for it on its own machine. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/**
 * undici's own fetch with undici's own agent: Node's built-in one knows no proxy before Node 24 and takes no agent of another
 * release. Trust follows Node: the default roots and `NODE_EXTRA_CA_CERTS`, which Node reads at its start. undici's own time
 * limits are off, for `watch` keeps ours. Loaded at the first request, so that a start without a provider does not pay for it.
 */
export function createFetch(proxy: ProxySettings): Fetch {
  let ready: Promise<Fetch> | undefined;
  return async (url, init) => (await (ready ??= open(proxy)))(url, init);
}

async function open(proxy: ProxySettings): Promise<Fetch> {
  const undici = await import('./undici.ts');
  // '' and not undefined: what is undefined, undici would read from the environment.
  const dispatcher = new undici.EnvHttpProxyAgent({
    httpProxy: proxy.http,
    httpsProxy: proxy.https,
    noProxy: proxy.noProxy === '*' ? '*' : `${LOOPBACK},${proxy.noProxy}`,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return async (url, init) => {
    // undici's types name its own classes where the DOM's mean the same; both are the WHATWG's fetch.
    const response = await undici.fetch(url, { ...(init as import('./undici.ts').RequestInit), dispatcher });
    return response as unknown as Response;
  };
}
