/** What every answer of the second port has in its head: as the owner's page has it, and narrower where a viewer needs less. */
import { SECURITY_HEADERS } from './headers.ts';

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types vtcode dompurify svelte-trusted-html',
].join('; ');

/** Nothing is kept, told to another site, or listed by one that searches. */
export const SHARE_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'Content-Security-Policy': CSP,
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow, noarchive',
};

export function hardenShare(headers: Headers): void {
  for (const [name, value] of Object.entries(SHARE_HEADERS)) headers.set(name, value);
}
