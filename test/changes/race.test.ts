/** A person who writes while a revert is on its way: whatever comes first, what they wrote is what stands. */
import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ADA, openHouse, type House } from './house.ts';

const TEN = Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join('');
const STEPS = 25;
/** Lets whatever is ready go on by one step. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** The agent changed `a`, the person looked; then the revert and `meanwhile` go at once. */
async function race(house: House, meanwhile: (step: number) => void): Promise<void> {
  const { agent, turn, write, preview, changes, session } = house;
  write('a', TEN);
  const own = turn();
  await agent(own, { path: 'a', to: TEN.replace('line 2\n', `agent ${own}\n`) });
  const { digest } = await preview({ scope: 'turn', turn: own });
  const going = changes.revert({ session, scope: 'turn', turn: own, digest: digest! }, ADA).catch(() => undefined);
  const writing = (async () => {
    for (let step = 0; step < STEPS; step++) {
      await nextTurn();
      meanwhile(step);
    }
  })();
  await Promise.all([going, writing]);
}

describe('while a revert is on its way', () => {
  it('each line that is appended stays', async () => {
    const house = await openHouse();
    for (let round = 0; round < 5; round++) {
      await race(house, (step) => appendFileSync(house.file('a'), `mine ${step}\n`));
      const mine = house.text('a')!.match(/^mine \d+$/gm);
      expect(mine).toEqual(Array.from({ length: STEPS }, (_, i) => `mine ${i}`));
    }
  });

  it('a file that is put in its place stays', async () => {
    const house = await openHouse();
    for (let round = 0; round < 5; round++) {
      await race(house, (step) => {
        if (step !== round * 5) return;
        writeFileSync(house.file('own'), `mine ${round}\n`);
        renameSync(house.file('own'), house.file('a'));
      });
      expect(house.text('a')).toBe(`mine ${round}\n`);
    }
  });

  it('a link that is put in its place is not followed', async () => {
    const house = await openHouse();
    for (let round = 0; round < 5; round++) {
      house.write('elsewhere', 'mine\n');
      await race(house, (step) => {
        if (step !== round * 5) return;
        rmSync(house.file('a'));
        symlinkSync('elsewhere', house.file('a'));
      });
      expect(house.tree()).toMatchObject({ a: 'link to elsewhere', elsewhere: '644 mine\n' });
      rmSync(house.file('a'));
    }
  });
});
