/** The corpora of commands: what people and attackers write, and what is expected of each. */
import { readFileSync } from 'node:fs';
import { NOT_FREE } from './command-cases.ts';

export interface Case {
  script: string;
  expect: 'allow' | 'not-allow';
  class: string;
}

export function casesOf(file: 'commands.jsonl' | 'more-commands.jsonl'): Case[] {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Case);
}

/** Every script of all of them that must not run without a question. */
export function notAllowed(): string[] {
  const all = [...casesOf('commands.jsonl'), ...casesOf('more-commands.jsonl')];
  return [...all.filter((one) => one.expect === 'not-allow').map(({ script }) => script), ...NOT_FREE];
}
