/** What is another between two lists of files that trust was asked for. */
import type { TrustFile } from '../../shared/trust.ts';

/** One line a file: `AGENTS.md changed`, `.mcp.json is new`, `Makefile is gone`; in the order of the new list. */
export function difference(before: readonly TrustFile[], after: readonly TrustFile[]): string[] {
  const held = new Map(before.map((file) => [file.path, file.sha256]));
  const lines = after.flatMap((file) => {
    const hash = held.get(file.path);
    if (hash === undefined) return [`${file.path} is new`];
    return hash === file.sha256 ? [] : [`${file.path} changed`];
  });
  const now = new Set(after.map((file) => file.path));
  return [...lines, ...before.filter((file) => !now.has(file.path)).map((file) => `${file.path} is gone`)];
}
