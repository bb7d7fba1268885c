/** Programs that pack and unpack: what they do where they only list, or print. */
import type { Arg } from '../shell/script.ts';
import type { Effect, Given } from './effects.ts';

type Check = (operands: readonly Arg[], given: readonly Given[]) => Effect[];

const WRITES: readonly Effect[] = [
  { kind: 'ask', cause: 'writes', why: 'It packs or unpacks files of any name.' },
  { kind: 'scatter', why: 'It writes files whose names cannot be told beforehand.' },
];

const has = (given: readonly Given[], flags: readonly string[]) => given.some(({ flag }) => flags.includes(flag));

export const ARCHIVES: Readonly<Record<string, Check>> = {
  tar: (_operands, given) => {
    if (!has(given, ['-t', '--list'])) return [...WRITES];
    const archives = given.flatMap(({ flag, value }) => (flag === '-f' || flag === '--file' ? [value] : []));
    // A colon parts the name of a machine from that of its file.
    return archives.some((value) => value?.kind === 'text' && value.text.includes(':'))
      ? [{ kind: 'ask', cause: 'fetches', why: 'It would fetch the archive from another machine.' }]
      : [];
  },
  unzip: (_operands, given) => (has(given, ['-l', '-v', '-t', '-Z']) ? [] : [...WRITES]),
  // Without a file it packs what it is fed, and prints that.
  pack: (operands, given) =>
    operands.length === 0 || has(given, ['-l', '--list', '-t', '--test', '-c', '--stdout', '--to-stdout'])
      ? []
      : [...WRITES],
};
