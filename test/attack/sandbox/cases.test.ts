/** Every case, in the sandbox and, where it does no harm, without it: root, and a plain user. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES } from './cases.ts';
import { confined, isBroken, unconfined } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { fingerprint, WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

describe.each(WHO)('as %s', (who) => {
  const attacks = CASES.filter(({ expect }) => expect === 'blocked');
  test.each(attacks)('$name is blocked', ({ command, how, variant }) =>
    place.inWorld(who, variant, async (setting) => {
      const before = fingerprint(setting.world);
      const ended = await confined(place.programs.release, setting, command);
      expect(isBroken(ended), `${ended.code}: ${ended.stderr}`).toBe(false);
      expect(ended.code, `it was not blocked by: ${how}\n${ended.stdout}`).not.toBe(0);
      expect(fingerprint(setting.world)).toEqual(before);
    }),
  );

  const open = CASES.filter(({ alone }) => alone === 'open' || (alone === 'open-root' && who === 'root'));
  test.each(open)('$name succeeds without the sandbox', ({ command, variant }) =>
    place.inWorld(who, variant, async (setting) => {
      const ended = await unconfined(setting, command);
      expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    }),
  );

  const varying = CASES.filter(({ alone }) => alone === 'machine');
  test.each(varying)('$name is tried without the sandbox, where the machine decides', ({ command, variant }) =>
    place.inWorld(who, variant, async (setting) => {
      const ended = await unconfined(setting, command);
      expect(isBroken(ended), ended.stderr).toBe(false);
    }),
  );

  const work = CASES.filter(({ expect }) => expect === 'works');
  test.each(work)('$name works', ({ command, variant }) =>
    place.inWorld(who, variant, async (setting) => {
      const ended = await confined(place.programs.release, setting, command);
      expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    }),
  );
});
