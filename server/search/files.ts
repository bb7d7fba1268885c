/** The person's own reading: folders, files, and searches, for the page. Failures are Faults. */
import type { FileView, Response } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { parsePath, type Refusal } from '../base/contained-path.ts';
import { openFile, readAt } from '../base/contained-read.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { BOM, decodeText, lineEndingOf } from '../base/text.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import { createFind } from './find.ts';
import { createGitStates } from './git-state.ts';
import { createGrep } from './grep.ts';
import { listFolder } from './list.ts';
import type { ReaderOptions } from './reader.ts';

export interface Files {
  list(path: string): Promise<Response<'files'>>;
  view(path: string): Promise<Response<'file'>>;
  find(query: string, signal: AbortSignal): Promise<Response<'searchFiles'>>;
  /** `query` is looked for as it stands, not as a pattern. */
  grep(query: string, signal: AbortSignal): Promise<Response<'searchText'>>;
}

export function createFiles({ root, spawn, rgPath, pathRules }: ReaderOptions): Files {
  const gitStates = createGitStates(root);
  const find = createFind(root);
  const grep = createGrep({ root, spawn, rgPath, pathRules });
  return {
    async list(raw) {
      const path = parsed(raw === '' ? '.' : raw, root);
      const listing = await listFolder(root, path, { git: await gitStates(), rules: await pathRules() });
      if (!listing.ok) throw faultOf(listing);
      return { path: listing.path, entries: listing.entries, left: listing.left };
    },
    async view(raw) {
      const path = parsed(raw, root);
      if (path === '.')
        throw new Fault({
          status: 400,
          code: 'bad_path',
          message: 'Expected the path of a file; came the workspace itself.',
        });
      return viewFile(root, path, await pathRules());
    },
    find: (query, signal) => find(bounded(query), signal),
    async grep(query, signal) {
      const pattern = bounded(query).replace(/[\\.+*?()|[\]{}^$#&~-]/g, '\\$&');
      if (pattern === '') return { matches: [], truncated: false };
      const found = await grep({ path: '.', pattern, glob: null, signal });
      if (!found.ok) throw new Fault({ status: 422, code: found.code, message: found.message });
      return { matches: found.matches, truncated: found.truncated || found.timedOut };
    },
  };
}

async function viewFile(root: string, path: string, rules: readonly PathRule[]): Promise<FileView> {
  const file = openFile(root, path, 'inside');
  if (!file.ok) throw faultOf(file);
  try {
    const { size, mode } = file.facts;
    const max = LIMITS.viewBytes.value;
    const bytes = await readHead(file.fd, Math.min(size, max));
    const truncated = size > bytes.length;
    const text = textOf(bytes, truncated);
    const found = classify(file.real, rules);
    return {
      path: file.real,
      size,
      mode,
      sha256: truncated ? '' : sha256(bytes),
      content: text === null ? { kind: 'binary' } : { kind: 'text', text, truncated },
      lineEnding: text === null ? 'none' : lineEndingOf(text),
      bom: text?.startsWith(BOM) ?? false,
      finalNewline: text !== null && (truncated || text === '' || text.endsWith('\n')),
      protected: found.protected.length > 0,
      sensitive: found.sensitive.length > 0,
    };
  } finally {
    file.close();
  }
}

/** Null for what is no text. A head that was cut inside a character is still one. */
function textOf(bytes: Buffer, truncated: boolean): string | null {
  for (let less = 0; less <= (truncated ? 3 : 0); less++) {
    const decoded = decodeText(bytes.subarray(0, bytes.length - less));
    if (decoded.ok) return decoded.text;
  }
  return null;
}

async function readHead(fd: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const read = await readAt(fd, buffer.subarray(at), at);
    if (read === 0) break;
    at += read;
  }
  return buffer.subarray(0, at);
}

function parsed(raw: string, root: string): string {
  const path = parsePath(raw, root);
  if (!path.ok) throw faultOf(path);
  return path.path;
}

function bounded(query: string): string {
  if (query.length <= LIMITS.patternChars.value && !query.includes('\0')) return query;
  throw new Fault({
    status: 400,
    code: 'bad_query',
    message: `Expected at most ${LIMITS.patternChars.value} characters without NUL.`,
  });
}

function faultOf({ code, message }: Refusal): Fault {
  switch (code) {
    case 'not_found':
      return new Fault({ status: 404, code, message });
    case 'permission':
      return new Fault({ status: 403, code, message });
    case 'too_large':
      return new Fault({ status: 413, code, message });
    default:
      return new Fault({ status: 400, code, message });
  }
}
