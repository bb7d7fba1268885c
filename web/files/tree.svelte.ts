/** The tree of files: read folder by folder when one is opened, and shown as a list of rows. */
import type { FileEntry } from '../../shared/api.ts';
import { failureFrom, type Api } from '../lib/api.ts';

export const ROOT = '.';

type Folder =
  { state: 'reading' } | { state: 'read'; entries: FileEntry[]; left: number } | { state: 'failed'; message: string };

export type TreeRow =
  | { kind: 'entry'; key: string; entry: FileEntry; level: number; open: boolean; place: number; of: number }
  /** Says that a folder is being read, that it could not be, that it is empty or that names are left out. */
  | { kind: 'note'; key: string; level: number; text: string };

export class FileTree {
  #folders: ReadonlyMap<string, Folder> = $state.raw(new Map());
  #open: ReadonlySet<string> = $state.raw(new Set([ROOT]));
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  readonly rows: TreeRow[] = $derived.by(() => this.#rowsOf(ROOT, 1));

  isOpen(path: string): boolean {
    return this.#open.has(path);
  }

  /** Opens or closes a folder; reads it when it is opened for the first time. */
  toggle(path: string, open = !this.isOpen(path)): void {
    const next = new Set(this.#open);
    if (open) next.add(path);
    else next.delete(path);
    this.#open = next;
    if (open && this.#folders.get(path)?.state !== 'read') void this.#read(path);
  }

  /** Opens all folders on the way to a file. */
  openTo(path: string): void {
    const parts = path.split('/').slice(0, -1);
    for (let i = 1; i <= parts.length; i++) this.toggle(parts.slice(0, i).join('/'), true);
  }

  /** Reads again what is open; what is shown stays until then. */
  refresh(): void {
    for (const path of this.#open) void this.#read(path);
  }

  async #read(path: string): Promise<void> {
    if (!this.#folders.has(path)) this.#set(path, { state: 'reading' });
    try {
      const { entries, left } = await this.#api.call('files', { query: { path } });
      this.#set(path, { state: 'read', entries: sorted(entries), left });
    } catch (error) {
      this.#set(path, { state: 'failed', message: failureFrom(error).message });
    }
  }

  #set(path: string, folder: Folder): void {
    this.#folders = new Map(this.#folders).set(path, folder);
  }

  #rowsOf(path: string, level: number): TreeRow[] {
    const folder = this.#folders.get(path);
    const note = (text: string): TreeRow => ({ kind: 'note', key: `${path}/\0`, level, text });
    if (folder === undefined || folder.state === 'reading') return [note('Reading…')];
    if (folder.state === 'failed') return [note(folder.message)];
    if (folder.entries.length === 0) return [note('Empty')];
    const rows = folder.entries.flatMap((entry, i): TreeRow[] => {
      const open = entry.kind === 'directory' && this.#open.has(entry.path);
      const place = { place: i + 1, of: folder.entries.length };
      const row: TreeRow = { kind: 'entry', key: entry.path, entry, level, open, ...place };
      return open ? [row, ...this.#rowsOf(entry.path, level + 1)] : [row];
    });
    return folder.left > 0 ? [...rows, note(`${folder.left.toLocaleString('en-US')} more names are not listed`)] : rows;
  }
}

/** Folders first, then by name as people count: `a2` before `a10`. */
function sorted(entries: FileEntry[]): FileEntry[] {
  const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const rank = (entry: FileEntry) => (entry.kind === 'directory' ? 0 : 1);
  return [...entries].sort((a, b) => rank(a) - rank(b) || order.compare(a.name, b.name));
}
