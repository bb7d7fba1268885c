/** What an address of a provider or a collector may be. */
import { show } from './problems.ts';

/** What is wrong with such an address; empty where nothing is. `keys`: where a secret belongs instead. It never quotes a password. */
export function baseUrlProblem(text: string, keys = '`api_key_env` or `api_key_command`'): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return `expected an address such as https://api.example.com, came ${show(text)}`;
  }
  if (url.username !== '' || url.password !== '') {
    return `expected an address without a user name or password: a key belongs in ${keys}`;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return `expected an address that begins with https:// or http://, came ${show(url.protocol)}`;
  }
  return url.search === '' && url.hash === '' ? '' : 'expected an address without `?` and `#`';
}
