/** Where the cases of one test file run: worlds for each user, the host's servers, and everything built. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { built, type Built } from './built.ts';
import type { Variant, Who } from './case.ts';
import type { Setting } from './confined.ts';
import { requireTools } from './tools.ts';
import { copyTools, copyWorlds, makeWorld, scratch, startHost, WHO, type Host, type Worlds } from './world.ts';

export interface Place {
  programs: Built;
  /** Calls with a world of its own, in which nothing has been changed. */
  inWorld<T>(who: Who, variant: Variant, use: (setting: Setting) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openPlace(): Promise<Place> {
  requireTools();
  const programs = await built();
  const dir = scratch();
  const tools = copyTools(join(dir, 'tools'));
  const worlds = new Map<Who, Worlds>();
  const hosts = new Map<Who, Host>();
  for (const who of WHO) {
    mkdirSync(join(dir, who));
    worlds.set(who, copyWorlds(makeWorld(join(dir, who, 'template'), who), join(dir, who)));
    hosts.set(who, await startHost(who));
  }
  return {
    programs,
    async inWorld(who, variant, use) {
      const { world, done } = await worlds.get(who)!.next();
      const { env } = hosts.get(who)!;
      const setting: Setting = { world, who, variant, bin: programs.bin, tools, env, wasOpen: false };
      try {
        return await use(setting);
      } finally {
        done(setting.wasOpen);
      }
    },
    async close() {
      for (const host of hosts.values()) host.close();
      for (const one of worlds.values()) await one.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
