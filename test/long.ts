/** How much of the heavy loops a run does: samples in `npm test`, all of it in `npm run test:long`. */

export const LONG = process.env['LONG'] === '1';

/** The number of runs of a property or loop: `few`, or fifty times as many in a long run. */
export const runs = (few: number): number => (LONG ? few * 50 : few);
