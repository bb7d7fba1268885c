/** The words of the header for what confines commands. */
import type { Workspace } from '../../shared/api.ts';
import type { SandboxTier } from '../../shared/sandbox.ts';
import { counted } from '../ui/size.ts';
import type { Tone } from '../ui/tone.ts';

export interface SandboxWords {
  tone: Tone;
  word: string;
  title: string;
  /** The panel's name. */
  label: string;
}

export const SANDBOX: Record<SandboxTier, SandboxWords> = {
  full: {
    tone: 'allowed',
    word: 'Sandbox full',
    title: 'Every command runs confined',
    label: 'The sandbox',
  },
  assisted: {
    tone: 'plain',
    word: 'Sandbox assisted',
    title: 'Every command runs confined, with help of a program of the system',
    label: 'The sandbox',
  },
  partial: {
    tone: 'waiting',
    word: 'Sandbox partial',
    title: 'Every command runs confined, by fewer layers than there could be',
    label: 'The sandbox',
  },
  none: {
    tone: 'waiting',
    word: 'No sandbox: commands off',
    title: 'No sandbox is in force, so no command runs',
    label: 'Why there is no sandbox',
  },
};

/** Over the list of attacks that were tried at start. */
export function checkWords(checks: readonly { blocked: boolean }[]): string {
  const through = checks.filter(({ blocked }) => !blocked).length;
  const tried = `${counted(checks.length, 'attack')} tried at start`;
  return through === 0 ? `${tried}, all stopped` : `${tried}, ${through} came through`;
}

/** What commands get by themselves. */
export function networkWords({ network, sandbox }: Pick<Workspace, 'network' | 'sandbox'>): {
  more: boolean;
  word: string;
  title: string;
} {
  if (sandbox.tier === 'none')
    return { more: false, word: 'No network', title: 'The agent has no tool that opens a connection' };
  switch (network) {
    case 'none':
      return { more: false, word: 'No network', title: 'Commands reach nothing but themselves' };
    case 'proxy':
      return { more: true, word: 'Named hosts', title: 'Commands reach named hosts, through a proxy' };
    case 'host':
      return { more: true, word: 'Host network', title: 'Commands reach what this machine reaches' };
  }
}
