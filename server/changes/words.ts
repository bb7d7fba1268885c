/** What a person is told of a file in a revert: what becomes of it, or why it is left alone and what to do then. */
import type { Obstacle } from './take-back.ts';

interface Words {
  why: string;
  hint: string;
}

export function obstacleWords(why: Obstacle, path: string): Words {
  switch (why) {
    case 'gone':
      return {
        why: `${path} is not there any more: it was deleted or moved since.`,
        hint: 'Bring it back under this name and look again, or leave it gone.',
      };
    case 'taken':
      return {
        why: `Something else stands at ${path} now.`,
        hint: 'Move it to another name and look again.',
      };
    case 'edited':
      return {
        why: 'It was made by these changes and edited since. To delete it would take those edits too.',
        hint: 'Delete it yourself if they are not needed.',
      };
    case 'overlap':
      return {
        why: 'Lines that these changes touch were changed again since.',
        hint: 'Nothing of this file is taken back. Change these lines by hand, as far as you want them back.',
      };
    case 'binary':
      return {
        why: 'It is no text and was changed since, so the two changes cannot be told apart.',
        hint: 'Replace it by hand, from git or from a copy.',
      };
    case 'lost':
      return {
        why: 'The bytes from before are not kept any more, so it cannot be taken back.',
        hint: 'Look for them in git or in a copy.',
      };
  }
}

export const protectedWords = (why: string): Words => ({
  why: `It is protected: ${why}`,
  hint: 'A protected file is changed outside of vtcode alone.',
});

export const unreadableWords = (message: string): Words => ({
  why: message,
  hint: 'Put a regular file of its own there and look again. Links are never followed.',
});

export function doneWords(change: { made: boolean; deleted: boolean; to: string | null; merged: boolean }): string {
  if (change.made) return 'It was made by these changes, and is deleted.';
  if (change.deleted) return 'It was deleted by these changes, and comes back.';
  const name = change.to === null ? '' : ` It gets its name ${change.to} back.`;
  return `${change.merged ? 'The change goes; what was changed since stays.' : 'It is as it was before these changes.'}${name}`;
}

export const ALREADY = 'Nothing of the change is left to take back.';
