/** Bytes under their hash: kept once, whole or not at all, and written anew where they are spoilt. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBlobs } from '../../server/store/blobs.ts';
import { tempDir } from '../fixtures/temp.ts';

const files = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));

it('removes what a killed writer left unfinished, and nothing else', async () => {
  const dir = tempDir();
  const kept = await (await openBlobs(dir)).put(Buffer.from('whole'));
  for (const name of ['0123456789abcdef01234567', 'f'.repeat(24)]) writeFileSync(join(dir, 'unfinished', name), 'ha');
  const blobs = await openBlobs(dir);
  expect(files(dir)).toEqual([kept]);
  expect(String(await blobs.get(kept))).toBe('whole');
});

it('writes anew what is spoilt', async () => {
  const dir = tempDir();
  const blobs = await openBlobs(dir);
  const hash = await blobs.put(Buffer.from('good'));
  writeFileSync(join(dir, hash.slice(0, 2), hash), 'bad');
  expect(await blobs.get(hash)).toBeNull();
  await blobs.put(Buffer.from('good'));
  expect(String(await blobs.get(hash))).toBe('good');
});
