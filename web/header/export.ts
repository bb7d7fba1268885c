/** Saves a session as a markdown file. */
import type { Api } from '../lib/api.ts';
import type { SessionState } from '../lib/session.svelte.ts';

/** Asks for the file and hands it to the browser's own saving. Throws an ApiFailure. */
export async function saveMarkdown(api: Api, session: SessionState): Promise<void> {
  const { blob, filename } = await api.blob('exportMarkdown', { params: { id: session.id } });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = filename || `${session.id}.md`;
  link.click();
  // The download has its own hold on the blob once it has begun; the address may go after the click's own work.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
