/** A folder for the tests of reading: files put, and gone at the end. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Folder {
  root: string;
  put(path: string, content: string | Buffer): void;
  close(): void;
}

export function folder(): Folder {
  const base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'vt-search-')));
  const root = join(base, 'ws');
  fs.mkdirSync(root);
  return {
    root,
    put(path, content) {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.writeFileSync(join(root, path), content);
    },
    close: () => fs.rmSync(base, { recursive: true, force: true }),
  };
}
