/** The page's files: read from a real build directory, served by exact name, with their types and how long they may be kept. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { Door } from '../../server/routes/route.ts';
import { loadAssets, openPaths, staticRoutes } from '../../server/routes/static.ts';
import { answerError } from '../../server/routes/route.ts';
import { tempDir } from '../fixtures/temp.ts';

async function page(files: Record<string, string>) {
  const dir = tempDir();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return { dir, ...(await serve(dir)) };
}

async function serve(dir: string) {
  const assets = await loadAssets(dir);
  const app = new Hono<Door>();
  app.onError((error, c) => {
    const { status, body } = answerError(error, { error: () => undefined });
    return c.json(body, status);
  });
  staticRoutes(app, assets);
  const get = async (path: string, headers = {}) => app.request(path, { headers });
  return { assets, get };
}

describe('the built page', () => {
  it('has its shell at / alone, and every other file by its own name, with its type', async () => {
    const { get, assets } = await page({
      'index.html': '<!doctype html>',
      'assets/index-x1.js': 'export {};',
      'assets/index-x1.css': 'a{}',
      'assets/mono-x1.woff2': 'font',
      'favicon.svg': '<svg/>',
    });
    expect(openPaths(assets)).toEqual(
      new Set([
        '/',
        '/healthz',
        '/assets/index-x1.js',
        '/assets/index-x1.css',
        '/assets/mono-x1.woff2',
        '/favicon.svg',
        '/favicon.ico',
      ]),
    );
    expect((await get('/')).headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await get('/assets/index-x1.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await get('/assets/index-x1.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect((await get('/assets/mono-x1.woff2')).headers.get('content-type')).toBe('font/woff2');
    expect((await get('/favicon.ico')).headers.get('content-type')).toBe('image/svg+xml');
    for (const path of ['/index.html', '/assets', '/assets/', '/assets/../index.html', '/assets/INDEX-x1.js'])
      expect((await get(path)).status, path).toBe(404);
  });

  it('keeps hashed files for good and asks again for the others', async () => {
    const { get } = await page({ 'index.html': '', 'assets/a-x1.js': '1', 'favicon.svg': '<svg/>' });
    expect((await get('/assets/a-x1.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const icon = await get('/favicon.svg');
    expect(icon.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/favicon.svg', { 'If-None-Match': icon.headers.get('etag')! });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('gives the bytes as they are', async () => {
    const text = 'ä\r\n\u2028\0';
    const { get } = await page({ 'index.html': text, 'assets/b.bin': text });
    expect(await (await get('/')).text()).toBe(text);
    const file = await get('/assets/b.bin');
    expect(file.headers.get('content-type')).toBe('application/octet-stream');
    expect(await file.text()).toBe(text);
  });

  it('has no file that is a link out of it, and none that came after the start', async () => {
    const { dir } = await page({ 'index.html': '' });
    symlinkSync('/etc/passwd', join(dir, 'passwd.txt'));
    const { get } = await serve(dir);
    writeFileSync(join(dir, 'late.txt'), 'late');
    expect((await get('/passwd.txt')).status).toBe(404);
    expect((await get('/late.txt')).status).toBe(404);
  });

  it('that was not built says so, and how to build it', async () => {
    const { get, assets } = await serve(join(tempDir(), 'missing'));
    expect(openPaths(assets)).toEqual(new Set(['/', '/healthz']));
    const answer = await get('/');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      error: { code: 'page_not_built', hint: expect.stringContaining('npm run build') as string },
    });
  });
});
