/** The state of a session in a word, with its icon. */
import type { SessionInfo } from '../../shared/api.ts';
import type { IconName } from '../ui/icons.ts';
import type { Tone } from '../ui/tone.ts';

export interface StateWord {
  word: string;
  tone: Tone;
  icon: IconName | null;
}

/** `waiting` counts its open requests, which are known of their own. */
export function stateWord(info: SessionInfo, waiting: number): StateWord {
  if (waiting > 0) return { word: `${waiting} waiting`, tone: 'waiting', icon: 'clock' };
  if (info.state !== 'rested') return { word: 'Working', tone: 'plain', icon: 'play' };
  switch (info.lastTurn) {
    case 'none':
      return { word: 'New', tone: 'plain', icon: null };
    case 'completed':
      return { word: 'Rested', tone: 'plain', icon: null };
    case 'failed':
      return { word: 'Failed', tone: 'denied', icon: 'warn' };
    case 'interrupted':
      return { word: 'Stopped', tone: 'plain', icon: 'stop' };
  }
}
