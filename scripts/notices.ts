/** Writes THIRD_PARTY_NOTICES.md and sbom.cdx.json from the last build and the lock file. `npm run notices` */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readProduct, ROOT } from './notices/components.ts';
import { notices } from './notices/notices.ts';
import { sbom } from './notices/sbom.ts';

/** Both files as they ought to be, by their name. */
export async function renderNotices(): Promise<Record<string, string>> {
  const product = await readProduct();
  return { 'THIRD_PARTY_NOTICES.md': await notices(product), 'sbom.cdx.json': sbom(product) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [name, text] of Object.entries(await renderNotices())) await writeFile(join(ROOT, name), text);
