/** What a person does with a whole session: fork it, put it away, delete it and take that back. */
import type { MessageId, SessionId } from '../../shared/ids.ts';
import type { App } from '../lib/app.svelte.ts';

/** Makes a session with the same history, up to a message or all of it, and goes there. */
export const fork = (app: App, id: SessionId, messageId: MessageId | null = null): Promise<boolean> =>
  app.notes.attempt(async () => {
    const body = messageId === null ? {} : { messageId };
    const made = await app.api.command('forkSession', { params: { id }, body });
    app.openSession(made.id);
  });

export const setArchived = (app: App, id: SessionId, archived: boolean): Promise<boolean> =>
  app.notes.attempt(async () => {
    await app.workspace.arrange(id, { archived });
    if (!archived) return;
    const act = { label: 'Undo', run: () => void setArchived(app, id, false), forMs: ARCHIVED_MS };
    app.notes.say('Archived. A search still finds it.', { act });
  });

/** An archived session can be brought back at any time; the note need not stand for long. */
const ARCHIVED_MS = 8_000;

/** Deletes it; the note brings it back while the server still can. */
export const remove = (app: App, id: SessionId, title: string): Promise<boolean> =>
  app.notes.attempt(async () => {
    const { until } = await app.api.command('deleteSession', { params: { id }, body: {} });
    const undo = () =>
      void app.notes.attempt(async () => {
        await app.api.command('restoreSession', { params: { id }, body: {} });
        app.openSession(id);
      });
    const act = { label: 'Undo', run: undo, forMs: Math.max(0, Date.parse(until) - Date.now()) };
    app.notes.say(`Deleted: ${title}`, { hint: 'What it held goes for good when this note does.', act });
  });
