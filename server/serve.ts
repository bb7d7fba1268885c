/** The composition root: takes the ground, and opens the house on it; nothing is left open where that fails. */
import type { Serve } from './cli/serve-options.ts';
import { openGround, Opened } from './ground.ts';

export const serve: Serve = async (options) => {
  const opened = new Opened();
  try {
    const ground = await openGround(options, opened);
    // Loading the rest takes as long as the sandbox takes to be tried: side by side they cost a start once.
    const { openDoors } = await import('./doors.ts');
    return await openDoors(options, ground, opened);
  } catch (error) {
    await opened.close(options.logger);
    throw error;
  }
};
