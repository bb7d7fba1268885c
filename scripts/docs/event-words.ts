/** What each event says, in words: the part of docs/events.md that no schema can tell. */
import type { EventType } from '../../shared/event.ts';
import type { LiveEvent } from '../../shared/event.ts';

export const EVENT_WORDS: Record<EventType, string> = {
  'session.created': 'A conversation began.',
  'session.renamed': 'It has another title.',
  'session.pinned': 'It stands above the others in the list, or no longer.',
  'session.archived': 'It was put out of the list, or back into it.',
  'session.forked':
    'Its history, the `copied` events before this one, is that of another session: the same data, actors and times, sealed anew. `chainSeq` and `hash` say how far of it.',
  'session.trashed': 'It was deleted; until then it can be brought back.',
  'session.restored': 'It was brought back.',
  'session.deleted':
    'Its content is removed. The chain stays as tombstones: each event with its hash and a commitment to what it held.',
  'head.signed':
    'How far a chain had come, signed with the key of the records. See [audit.md](audit.md) for what the signature covers.',
  'head.missing':
    'At a start, the head that was signed last was not in the record: its end was cut off, or an older copy put back.',
  'session.imported':
    'What stands before it came with a file from elsewhere, and is history only: no approval or grant of it holds here.',
  'records.rebuilt':
    'The database was made anew from the files of records; which chains no signed head speaks for, and where the old one is.',
  'turn.started': 'The agent took up a message, with this provider, model and mode.',
  'turn.completed': 'The agent rested: how often it asked the model, how many tools it called.',
  'turn.failed': 'The turn could not go on. The hint says what the person can do.',
  'turn.interrupted': 'The turn ended before the agent rested: by the person, a restart or a limit.',
  'message.user': 'What the person wrote. `steer`: sent while a turn ran, and taken up by it.',
  'message.reasoning': 'What the model thought, where its provider shows it; `at` is its place in the answer.',
  'message.assistant': 'A finished answer of the model: prose and tool calls in their order.',
  'plan.updated': 'The list of steps that the agent keeps.',
  'tool.called': 'A tool call of that answer is taken up.',
  'tool.answered': 'What the model was told about it.',
  'action.proposed':
    'What would happen, the digest of exactly that, and what the policy says. `callId` is null for what the person does.',
  'action.denied': 'It does not happen; who or what said no.',
  'action.finished': 'It was tried: done, failed or stopped. Nothing runs without this record.',
  'approval.requested': 'A person is asked. The answers on offer, and until when.',
  'approval.resolved':
    'A person answered. `digest` is what they saw, `effective` what was let through: another one where hunks were left out, and `action` holds it then.',
  'grant.added': 'A person made a standing rule: what it lets run, where, and until when.',
  'grant.revoked': 'It was taken away.',
  'share.created': 'A link was made that shows a session to others, redacted and read-only. Its token is in no event.',
  'share.viewed': 'It was opened. What follows within a minute is told together.',
  'share.revoked': 'A person took it back. It also ends by itself at its time, and with its session.',
  'approval.expired': 'Nobody answers it any more, which is a no.',
  'file.changed':
    'A file of the workspace is another one now: before and after by their hashes, whose bytes are kept. `reverts` stands where the person took something back with it: a turn, a session or an action.',
  'command.started':
    'A confined command is about to begin: what is executed, under which policy (by its hash), and the layers that hold it. Of its variables the names.',
  'command.finished':
    'All of it has ended. `code` is null where a signal ended it, or the server did; `uncovered` is what it may not see or change and was replaced outside, for which the sandbox ended it; `findings` are files that a program outside would have run by itself, and that were put away; `lost` says that it ended with a server that was cut off, and then no more is known.',
  'network.requested':
    'A command asked the proxy for a host: whether it was let through, and by which rule. Recorded before anything is connected to',
  'network.ended': 'Such a request is over: what went each way, and what cut it short',
  'terminal.opened':
    'A shell of the person is about to begin: what is executed, and what holds it; `host` is nothing. What is typed and printed there is in no event.',
  'terminal.renamed': 'A terminal has another name.',
  'terminal.closed':
    'Its shell has ended: by itself, closed by the person, or with the server; how much was typed and printed, and what the scan afterwards put away.',
  'context.tainted':
    'Words from outside came into the session: a file of a dependency was read, or a host was reached that no setting names. What could carry something out asks from then on.',
  'provider.requested': 'A request went to a model provider: its size, and which try it is.',
  'provider.failed': 'That try failed; `retryInMs` until the next one, null when there is none.',
  'usage.recorded': 'Tokens of one answer, as the provider counted them.',
  'server.started': 'A server began to work on the workspace.',
  'sandbox.probed': 'Which confinement is in force for commands, and why no other.',
  'mode.changed': 'How much runs without a question was changed.',
  'model.changed': 'Another model answers from now on.',
  'trust.granted': 'A person trusted the workspace: these files with these contents.',
  'policy.loaded':
    'These rules are in force from here on, by the hash of what they say: at a start, and when a file of settings or trust changed.',
  'trust.changed': 'A person let a change of these files through, so they are trusted as they stand now.',
  'trust.revoked': 'The trust ended, and why.',
};

export const LIVE_WORDS: Record<LiveEvent['type'], string> = {
  'text.delta': 'More prose of an answer. `offset` is the length of what came before, so that a gap shows.',
  'reasoning.delta': 'More of a thought, in the same way.',
  'call.delta': 'A tool call is being written: its name, and how many bytes of arguments came so far.',
  'command.output':
    'More of what a running command prints, as a terminal gets it. `offset` counts bytes; of what comes too fast some is left out, and the gap shows.',
  'command.tail':
    'All that is held of what a running command has printed, the newest of it: sent once to a stream that is opened, before further pieces.',
  'message.reset': 'The stream was cut and is asked for anew: what was shown of this message goes.',
  'workspace.changed': 'Trust, mode, model or branch is another one: ask for the workspace again.',
  'shares.changed': 'Somebody came to look at a share, or left: ask for the shares again.',
};
