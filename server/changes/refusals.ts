/** Why something of the changes ledger is not to be had, or not done. */
import type { SessionId } from '../../shared/ids.ts';
import { Fault } from '../base/fault.ts';
import { visible } from '../base/visible.ts';

export const deleted = (session: SessionId) =>
  new Fault({
    status: 410,
    code: 'session_gone',
    message: `The session ${session} was deleted. What stood before its changes goes with it, so they cannot be taken back.`,
    hint: 'While its undo is offered, bring the session back first.',
  });

export const stale = () =>
  new Fault({
    status: 409,
    code: 'stale_revert',
    message:
      'What would be taken back is not what you were shown: a file changed meanwhile, or it was taken back already.',
    hint: 'Look at the preview again. Nothing was written.',
  });

export const nothing = (hasConflicts: boolean) =>
  new Fault({
    status: 409,
    code: 'nothing_to_revert',
    message: hasConflicts
      ? 'Every file of it was changed since in a way that stands against it, so nothing is taken back.'
      : 'Nothing of it is left to take back.',
    hint: 'The preview says why, file by file. Nothing was written.',
  });

export const noChange = (what: string) =>
  new Fault({
    status: 404,
    code: 'no_change',
    message: `Nothing that was changed there goes by ${visible(what)}.`,
    hint: 'GET /api/changes lists the files, turns and reverts of a session.',
  });

export const noAction = () =>
  new Fault({
    status: 400,
    code: 'invalid_request',
    message: 'body.actionId: expected the id of an action with the scope "action"; got nothing.',
  });
