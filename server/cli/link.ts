/** `vtcode link`: another one-time link to the server that runs on a workspace. */
import * as z from 'zod';
import { askControl, noServer } from '../control.ts';
import { runningServer } from '../lock.ts';
import type { Args } from './args.ts';
import type { Io } from './io.ts';
import { findPlace } from './place.ts';

const Link = z.object({ url: z.string() });

export async function linkCommand(args: Args, io: Io): Promise<number> {
  const { stateDir } = await findPlace(io, args.rest[0] ?? '.', 'look');
  const server = runningServer(stateDir);
  if (server === null) throw noServer();
  const { url } = Link.parse(await askControl(server.control, { op: 'link' }));
  await io.out(`${url}\n`);
  return 0;
}
