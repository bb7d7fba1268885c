/** The version of this program, from its own package. */
import { readFileSync } from 'node:fs';

/** Two levels above this file, in the sources as in the bundle. Read by hand: no schema is loaded to print one word. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  if (isNamed && typeof manifest.version === 'string') return manifest.version;
  throw new Error('package.json: expected a version, came none; the package is not whole');
}
