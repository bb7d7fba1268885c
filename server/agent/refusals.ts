/** Why a session takes no message, or nothing else, at this moment. */
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';

export const tooMany = () =>
  new Fault({
    status: 429,
    code: 'too_many_turns',
    message: `${LIMITS.runningTurns.value} sessions are at work, which is the bound.`,
    hint: 'Wait until one rests, or stop one.',
  });

export const queueFull = () =>
  new Fault({
    status: 429,
    code: 'queue_full',
    message: `${LIMITS.queuedMessages.value} messages wait in this turn, which is the bound.`,
    hint: 'Wait until the agent has read them, or stop the turn.',
  });

export const stopping = () =>
  new Fault({
    status: 409,
    code: 'stopping',
    message: 'The turn is being stopped.',
    hint: 'Send the message again in a moment.',
  });

export const atWork = () =>
  new Fault({
    status: 409,
    code: 'turn_running',
    message: 'The agent works in this session, and could change the same files.',
    hint: 'Stop it, or wait until it rests, and look at the preview again.',
  });

export const held = () =>
  new Fault({
    status: 409,
    code: 'reverting',
    message: 'Changes of this session are being taken back at this moment.',
    hint: 'Do it again in a moment.',
  });
