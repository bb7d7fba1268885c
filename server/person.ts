/** What the person does on the page by their own hand: an action like any other, judged, recorded, and written by the same door. */
import type { EditAction } from '../shared/action.ts';
import type { Actor } from '../shared/event.ts';
import { LIMITS } from '../shared/limits.ts';
import { parsePath } from './base/contained-path.ts';
import { readWhole } from './base/contained-read.ts';
import { Fault } from './base/fault.ts';
import { sha256 } from './base/hash.ts';
import type { Gate } from './gate/gate.ts';
import type { Blobs } from './store/blobs.ts';
import { NEW_MODE, planChange } from './tools/change.ts';

interface SaveDeps {
  root: string;
  blobs: Blobs;
  gate: Gate;
}

interface Saved {
  path: string;
  content: string;
  /** Of the file that the person edited; null where there was none. */
  expectedSha256: string | null;
}

/** Writes a file exactly as given. Throws a Fault 409 where another file stands there than the person edited, 403 for a protected one. */
export function createSave({ root, blobs, gate }: SaveDeps) {
  return async ({ path: raw, content, expectedSha256 }: Saved, actor: Actor): Promise<{ sha256: string }> => {
    const parsed = parsePath(raw, root);
    if (!parsed.ok) throw refused(parsed.message);
    const path = parsed.path;
    const found = await readWhole(root, path, { follow: 'none', max: LIMITS.editBytes.value });
    if (!found.ok) throw refused(found.message);
    const now = found.state === 'file' ? sha256(found.bytes) : null;
    if (now !== expectedSha256) throw stale(path);
    const bytes = Buffer.from(content, 'utf8');
    if (now === sha256(bytes)) return { sha256: now };
    if (bytes.length > LIMITS.editBytes.value)
      throw refused(`A file may have ${LIMITS.editBytes.value} bytes; this one has ${bytes.length}.`);
    const before = found.state === 'file' ? { bytes: found.bytes, mode: found.facts.mode & 0o7777 } : null;
    const after = { bytes, mode: before?.mode ?? NEW_MODE };
    const action: EditAction = {
      kind: 'edit',
      tool: 'save',
      changes: [await planChange({ path, from: path, before, after, blobs })],
    };
    const result = await gate.pass(action, {
      session: null,
      turn: null,
      callId: null,
      actor,
      signal: new AbortController().signal,
    });
    switch (result.kind) {
      case 'done':
        return { sha256: sha256(bytes) };
      case 'stale':
        throw stale(path);
      case 'denied':
        throw new Fault({ status: 403, code: 'protected', message: result.content });
      case 'failed':
      case 'stopped':
        throw new Fault({ status: 422, code: 'not_saved', message: result.content });
    }
  };
}

const refused = (message: string) => new Fault({ status: 400, code: 'bad_path', message });

const stale = (path: string) =>
  new Fault({
    status: 409,
    code: 'stale_file',
    message: `${path} is not the file that you edited: it changed meanwhile.`,
    hint: 'Read it again. Nothing was written.',
  });
