/** What each endpoint is for, in words: the part of docs/api.md that no schema can tell. */
import type { ApiName } from '../../shared/api.ts';

export const API_WORDS: Record<ApiName, string> = {
  login: 'Exchanges the one-time code of the link for a token. The only endpoint that needs none.',
  logout: 'Ends this login; its streams close.',
  workspace: 'The truth of the header, and what this server offers.',
  patchWorkspace: 'Another mode or another model from now on.',
  trust: 'What trust would be given to, before it is asked for.',
  giveTrust: 'Trusts exactly what was shown; 409 when something else stands there now.',
  sessions:
    'Sessions: the pinned ones, then the newest; with `query` those that hold its words, with the newest place; on a further page one may come again with an older place. `next` is the cursor of the following page.',
  createSession: 'A new conversation.',
  session: 'The snapshot that a page starts from; `?before=` pages upward through its events.',
  commandOutput: 'What a command that has ended printed, page by page from `from` on: 404 where nothing is kept of it.',
  patchSession: 'Another title, a pin, the archive; what is left out stays.',
  deleteSession:
    'Takes the session out of sight. Until the time that is answered it can be brought back; then its content goes.',
  restoreSession: 'Brings a deleted session back; 410 once its content has gone.',
  forkSession: 'A new session with the history of this one, up to a message and what its calls came to.',
  audit:
    'The record, an event a line, newest first or rising from `after`. `filter` is made of `who:` and `what:` (the beginning of an actor or a type), `decision:`, `effect:`, `rule:`, `session:` and words of the line; all must hold.',
  auditEvent: 'One event whole, and what its action was proposed as. Of a deleted one, what is left.',
  auditVerify: 'Checks every chain and every signed head, as `vtcode audit verify` does.',
  previewRule:
    'The standing rule that could be made from a request, as narrow as it can be; or the one in `wish`: its digest, why it may not be made so, and its reach over what was recorded.',
  grants: 'The standing rules, the newest first, those that ended too.',
  revokeGrant: 'Takes a standing rule away; 409 when it was already.',
  policy: 'Every rule in force or asleep, by layer, with the line it stands on.',
  checkPolicy: 'The verdict on a command, with every rule that spoke of each of its parts. Nothing is run.',
  simulatePolicy:
    "What another tool-policy.json in place of the user's own would change of what was recorded, by the files as they are now.",
  sendMessage: 'A message to the agent. While a turn runs it is queued and taken up by it.',
  abort: 'Stops the turn that runs. What is done stays; what waits is denied.',
  events: 'The stream: see docs/events.md.',
  approvals: 'Every request that waits for a person, of all sessions.',
  answer: '409 on another digest or when it was answered already, 410 when it has expired.',
  previewHunks: 'The exact effect of landing some hunks, and its digest: what `allow-hunks` must carry.',
  files: 'One folder, with the state that git gives each name.',
  file: 'One file, as far as a page can show it.',
  putFile: 'Saves a file as the person edited it; 409 when another one stands there now.',
  searchFiles: 'Files by a part of their path.',
  searchText: 'Lines that hold a text.',
  changes:
    "What the agent changed, from vtcode's own record and not from git: each file from before its first change to after its last. With the scope `turn` of one turn, by default the last that changed a file. See docs/changes.md.",
  changedFile: 'The lines of one of these files, part by part where somebody else changed it in between.',
  previewRevert:
    'What a revert of a turn, a session or an action would do, file by file, and the action with its digest. Changes nothing.',
  revert:
    'Does what the preview showed, under its digest: 409 where it would be anything else by now, or while the session works. Files in conflict are left alone.',
  terminals: 'The terminals of this server, and whether more can be had, confined and on the host.',
  openTerminal:
    'A new terminal. Answered once it runs, or once the person is asked: one on the host always is. 403 with the reason where it cannot be had.',
  renameTerminal: 'Another name.',
  closeTerminal: 'Ends its shell and all that runs in it, or takes the request for it back.',
  terminalTicket:
    'What a browser brings to `GET /api/terminals/:id/socket` as the subprotocol `ticket.TICKET`, beside `vtcode.terminal.1`: good once, for ten seconds, for this login and this terminal. See docs/terminal.md.',
  lookShare:
    'What a share would show, and what was found in it that may not be meant for others. Nothing is made and nothing leaves.',
  createShare:
    'A link to a read-only view of the session, on the port of shares. `redactions`: a text is masked besides; `{"keep": NAME}` leaves one kind of finding readable. See docs/sharing.md.',
  shares: 'The shares, the newest first, those that ended too, with who looks at them now.',
  revokeShare: 'Takes a share back: its streams end at once, its link opens nothing more. 409 when it had ended.',
  exportMarkdown: 'The whole session as one Markdown file, every event in it, with a signed receipt.',
  exportJson: 'The same as JSON: `{session, redacted, events, blobs?, receipt}`.',
  exportHtml: 'The same to be read: one HTML file that needs no network and runs nothing.',
};
