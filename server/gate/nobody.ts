/** Requests where there is no person: each is answered at once, with a no that says why it was asked. */
import type { Approvals, Request, Resolution } from './approvals.ts';

/** In place of requests that wait: nothing is put up for an answer, so nothing can be answered or expire. */
export const NOBODY: Pick<Approvals, 'request'> = { request: (asked) => Promise.resolve(noTo(asked)) };

function noTo({ action, verdict }: Request): Resolution {
  if (action.kind === 'question')
    return { kind: 'nobody', message: `${NONE_HERE} Decide it yourself, or say what you need.` };
  const why = verdict.reasons.filter(({ decision }) => decision === 'prompt').map((reason) => reason.why);
  return {
    kind: 'nobody',
    message: `Denied: a person would have to allow this. ${why.join(' ')} ${NONE_HERE} ${GO_ON}`,
  };
}

const NONE_HERE = 'Nobody can be asked in this run.';
const GO_ON = 'Asking again will not change this; go on without it or say what you would need.';
