/** The lists that span sessions, read page by page while things happen: what happens in a session brings it in. */
import { expect, it, vi } from 'vitest';
import type { SessionInfo } from '../../shared/api.ts';
import { newMessageId } from '../../shared/ids.ts';
import { Api } from '../../web/lib/api.ts';
import { WorkspaceState } from '../../web/lib/workspace.svelte.ts';
import { createScript } from '../fixtures/events.ts';

const infoOf = (id: SessionInfo['id'], title: string): SessionInfo => ({
  ...{ id, title, createdAt: '2026-01-01', updatedAt: '2026-01-01' },
  ...{ state: 'rested', waiting: 0, lastTurn: 'completed', pinned: false, archived: false, forkedFrom: null },
});

it('shows a session of a page that was not read as soon as something happens in it, and keeps what was read', async () => {
  const [near, far] = [createScript(), createScript()];
  const all = [infoOf(near.session, 'near'), infoOf(far.session, 'far')];
  let newest = all[0]!;
  let answered = 0;
  const state = new WorkspaceState(
    new Api({
      token: () => 'secret',
      onRefused: () => {},
      fetch: (input) => {
        const path = String(input);
        if (path !== '/api/sessions') return Promise.resolve(Response.json({ approvals: [] }));
        answered++;
        return Promise.resolve(Response.json({ sessions: [{ ...newest, match: null }], next: '9-8' }));
      },
    }),
  );
  // As a first reading leaves it.
  state.sessions = [all[0]!];
  state.next = '9-8';
  newest = all[1]!;
  const by = { provider: 'p', model: 'm' };
  const started = far.tell({ type: 'turn.started', data: { messageId: newMessageId(), ...by, mode: 'ask' } });
  state.take([{ kind: 'event', event: started }]);
  const ended = far.tell({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' } });
  state.take([{ kind: 'event', event: ended }]);
  await vi.waitFor(() => expect(state.sessions.map(({ title }) => title)).toEqual(['near', 'far']));
  expect(state.sessions[1]).toMatchObject({ state: 'rested', lastTurn: 'completed', updatedAt: ended.at });
  const rename = near.tell({ type: 'session.renamed', data: { title: 'nearer' } });
  state.take([{ kind: 'event', event: rename }]);
  expect(state.sessions[0]!.title).toBe('nearer');
  expect(answered).toBe(1);
});
