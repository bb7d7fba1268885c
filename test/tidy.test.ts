/** The house rules, enforced over every source: sizes, rooms, doors, language, words and proofs. */
import { beforeAll, describe, expect, it } from 'vitest';
import { doors } from './tidy/doors.ts';
import { language } from './tidy/language.ts';
import { proofs } from './tidy/proofs.ts';
import { directions, importCircles } from './tidy/rooms.ts';
import { sizes } from './tidy/sizes.ts';
import { readSources, type Offence, type Source } from './tidy/sources.ts';
import { machinePaths, roles } from './tidy/words.ts';
import { writes } from './tidy/writes.ts';

const RULES: [rule: string, check: (sources: Source[]) => Offence[]][] = [
  ['files, components and functions stay small', sizes],
  ['a room imports only what stands below it', directions],
  ['no files import each other in a circle', importCircles],
  ['the environment, the network and raw HTML have one door each', doors],
  ['the disk is written by the rooms that keep something there', writes],
  ['the language is used without its shortcuts', language],
  ['each file begins with its role', roles],
  ['no file speaks of the machine it was written on', machinePaths],
  ['tests run, all of them, and wait for facts', proofs],
];

describe('the house', () => {
  let sources: Source[] = [];
  beforeAll(async () => {
    sources = await readSources();
  });

  it('has sources to read', () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it.each(RULES)('%s', (_rule, check) => {
    expect(check(sources)).toEqual([]);
  });
});
