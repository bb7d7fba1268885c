/** A workspace in a temporary folder for the tests of tools: files put, a tool planned, and the bytes that it plans. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { FileChange } from '../../shared/action.ts';
import { openBlobs } from '../../server/store/blobs.ts';
import { COMMAND_DEFAULTS } from '../../server/tools/command-limits.ts';
import { toolsFor } from '../../server/tools/registry.ts';
import type { Planned, ToolContext } from '../../server/tools/tool.ts';

export interface ToolWorkspace {
  root: string;
  put(path: string, content: string | Buffer, mode?: number): void;
  /** Parses the arguments as the agent does, then plans. What does not parse is a refusal with the code `arguments`. */
  plan(tool: string, args: unknown): Promise<Planned>;
  /** The bytes after each planned change, by path; null for a deleted file. */
  after(planned: Planned): Promise<Record<string, string | null>>;
  close(): void;
}

export async function toolWorkspace(): Promise<ToolWorkspace> {
  const base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'vt-tools-')));
  const root = join(base, 'ws');
  fs.mkdirSync(root);
  const blobs = await openBlobs(join(base, 'blobs'));
  const context: ToolContext = { root, blobs, commands: COMMAND_DEFAULTS, signal: new AbortController().signal };
  return {
    root,
    put(path, content, mode = 0o644) {
      fs.mkdirSync(dirname(join(root, path)), { recursive: true });
      fs.writeFileSync(join(root, path), content);
      fs.chmodSync(join(root, path), mode);
    },
    async plan(name, args) {
      const tool = toolsFor('full').find((one) => one.name === name);
      if (!tool) throw new Error(`no tool ${name}`);
      const parsed = tool.input.safeParse(args);
      if (!parsed.success) return { kind: 'refused', code: 'arguments', message: z.prettifyError(parsed.error) };
      return tool.plan(parsed.data, context);
    },
    async after(planned) {
      const result: Record<string, string | null> = {};
      for (const change of changesOf(planned)) {
        const { after } = change;
        result[change.path] = after.state === 'absent' ? null : (await blobs.get(after.sha256))!.toString();
      }
      return result;
    },
    close: () => fs.rmSync(base, { recursive: true, force: true }),
  };
}

export function changesOf(planned: Planned): FileChange[] {
  if (planned.kind !== 'action' || planned.action.kind !== 'edit')
    throw new Error(`not an edit: ${JSON.stringify(planned)}`);
  return planned.action.changes;
}

/** `CODE: message` of a refusal. */
export const refusal = (planned: Planned): string =>
  planned.kind === 'refused' ? `${planned.code}: ${planned.message}` : `not refused: ${JSON.stringify(planned)}`;

/** The files that the tests of patches begin with; whatever else stands is taken away. */
export function putPatchFiles(ws: ToolWorkspace): void {
  for (const name of fs.readdirSync(ws.root)) fs.rmSync(join(ws.root, name), { recursive: true });
  ws.put('a.txt', 'one\ntwo\nthree\nfour\nfive\n');
  ws.put('run.sh', '#!/bin/sh\necho hi\n', 0o755);
  ws.put('crlf.txt', 'one\r\ntwo\r\nthree\r\n');
  ws.put('open.txt', 'one\ntwo');
  ws.put('twice.txt', 'x\ny\nx\ny\n');
  ws.put('bin', Buffer.from([0, 1]));
}
