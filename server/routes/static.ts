/** The shell and the files of the built page: read once at start, served by exact name only. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import type { App } from './route.ts';

export interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
  /** Its name has its hash: it never changes. */
  immutable: boolean;
}

export interface Assets {
  /** The page at `/`; null where it was not built. */
  shell: Asset | null;
  /** By path: `/assets/index-BX1.js`. */
  files: ReadonlyMap<string, Asset>;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Reads the built page. A directory that is not there gives an empty page, which says so when it is asked for. */
export async function loadAssets(dir: string): Promise<Assets> {
  const read = async (path: string): Promise<[string, Asset]> => {
    const name = `/${relative(dir, path).split(sep).join('/')}`;
    return [name, asset(name, new Uint8Array(await readFile(path)))];
  };
  const files = new Map(await Promise.all((await filesIn(dir)).map(read)));
  const shell = files.get('/index.html') ?? null;
  files.delete('/index.html');
  // Browsers ask for this name by themselves.
  const icon = files.get('/favicon.ico') ?? files.get('/favicon.svg');
  if (icon) files.set('/favicon.ico', icon);
  return { shell, files };
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function asset(name: string, bytes: Uint8Array<ArrayBuffer>): Asset {
  return {
    bytes,
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    etag: `"${sha256(bytes).slice(0, 32)}"`,
    immutable: name.startsWith('/assets/'),
  };
}

/** What GET may have without a token. */
export const openPaths = (assets: Assets): Set<string> => new Set(['/', '/healthz', ...assets.files.keys()]);

/** Mounted last: it takes every GET that no route took, and answers those of its own names. */
export function staticRoutes(app: App, assets: Assets): void {
  app.get('/', () => {
    if (assets.shell === null) throw notBuilt();
    // The guard adds no-store: a shell of an older version would ask for files that are gone.
    return new Response(assets.shell.bytes, { headers: { 'Content-Type': assets.shell.type } });
  });
  app.get('*', async (c, next) => {
    const found = assets.files.get(c.req.path);
    if (!found) return next();
    const headers = {
      'Content-Type': found.type,
      ETag: found.etag,
      'Cache-Control': found.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    if (c.req.header('If-None-Match') === found.etag) return new Response(null, { status: 304, headers });
    return new Response(found.bytes, { headers });
  });
}

const notBuilt = () =>
  new Fault({
    status: 503,
    code: 'page_not_built',
    message: 'The page has not been built, so there is nothing to show here.',
    hint: 'Run npm run build, then start vtcode serve again.',
  });
