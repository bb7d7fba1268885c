/** Saves a session as a file, in one of the forms that the server makes. */
import type { ExportFormat } from '../../shared/receipt.ts';
import type { Api } from '../lib/api.ts';
import type { SessionState } from '../lib/session.svelte.ts';

const ENDPOINTS = { md: 'exportMarkdown', json: 'exportJson', html: 'exportHtml' } as const;

export interface ExportWish {
  format: ExportFormat;
  redact: boolean;
}

/** Asks for the file and hands it to the browser's own saving. Throws an ApiFailure. */
export async function saveSession(api: Api, session: SessionState, { format, redact }: ExportWish): Promise<void> {
  const query = redact ? { redact: 'true' as const } : {};
  const { blob, filename } = await api.blob(ENDPOINTS[format], { params: { id: session.id }, query });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = filename || `${session.id}.${format}`;
  link.click();
  // The download has its own hold on the blob once it has begun; the address may go after the click's own work.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
