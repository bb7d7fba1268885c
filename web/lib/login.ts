/** From the one-time code in the link's fragment to the token that every request carries. */
import { Api, failureFrom } from './api.ts';

const KEY = 'vtcode.token';

/** A token lives for one launch of the server, in the storage of this origin (scheme, host and port) and nowhere else. */
export function storedToken(): string | null {
  return localStorage.getItem(KEY);
}

export function storeToken(token: string): void {
  localStorage.setItem(KEY, token);
}

export function dropToken(): void {
  localStorage.removeItem(KEY);
}

/** Called when another tab has logged in (with its token) or out (null). The answer ends it. */
export function onTokenChange(changed: (token: string | null) => void): () => void {
  const listen = (event: StorageEvent) => {
    if (event.storageArea === localStorage && (event.key === KEY || event.key === null)) changed(storedToken());
  };
  window.addEventListener('storage', listen);
  return () => window.removeEventListener('storage', listen);
}

/** Takes the code out of `#code=…`, and the fragment out of the address and the history at once. */
export function takeCode(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const code = fragment.get('code');
  if (code === null) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}

export type Login = { ok: true } | { ok: false; status: number; message: string };

/** Exchanges the code; it works once and within a minute. */
export async function logIn(code: string): Promise<Login> {
  const api = new Api({ token: () => null, onRefused: () => {} });
  try {
    const { token } = await api.call('login', { body: { code } });
    storeToken(token);
    return { ok: true };
  } catch (error) {
    const failure = failureFrom(error);
    return { ok: false, status: failure.status, message: failure.message };
  }
}
