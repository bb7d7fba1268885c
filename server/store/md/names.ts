/** How files of records are called: by day, title and id, of letters and digits that any disk and any header takes. */
import { SessionId } from '../../../shared/ids.ts';

export const WORKSPACE_FILE = 'workspace.md';

/** `2026-11-20-fix-the-parser`. */
export function plainName(createdAt: string, title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50)
    .toLowerCase();
  return `${createdAt.slice(0, 10)}-${slug || 'session'}`;
}

export const recordFileName = (
  session: SessionId,
  { createdAt, title }: { createdAt: string; title: string },
): string => `${plainName(createdAt, title)}-${session}.md`;

/** The chain that a file of this name holds; null for any other file. */
export function chainOfFile(name: string): SessionId | 'workspace' | null {
  if (name === WORKSPACE_FILE) return 'workspace';
  const id = SessionId.safeParse(/(ses_[0-9a-z]{26})\.md$/.exec(name)?.[1]);
  return id.success ? id.data : null;
}
