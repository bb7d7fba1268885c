/** Where the cases of one test file run: worlds for each user, the host's servers, and everything built. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { built, type Built } from './built.ts';
import type { Variant, Who } from './case.ts';
import type { Setting } from './confined.ts';
import { requireTools } from './tools.ts';
import { copyTools, copyWorld, makeWorld, scratch, startHost, WHO, type Host, type World } from './world.ts';

export interface Place {
  programs: Built;
  /** Calls with a world of its own, which is gone afterwards. */
  inWorld<T>(who: Who, variant: Variant, use: (setting: Setting) => Promise<T>): Promise<T>;
  close(): void;
}

export async function openPlace(): Promise<Place> {
  requireTools();
  const programs = await built();
  const dir = scratch();
  const tools = copyTools(join(dir, 'tools'));
  const templates = new Map<Who, World>();
  const hosts = new Map<Who, Host>();
  for (const who of WHO) {
    templates.set(who, makeWorld(join(dir, who), who));
    hosts.set(who, await startHost(who));
  }
  let copies = 0;
  return {
    programs,
    async inWorld(who, variant, use) {
      const { world, close } = await copyWorld(templates.get(who)!, join(dir, `${who}-${++copies}`));
      try {
        return await use({ world, who, variant, bin: programs.bin, tools, env: hosts.get(who)!.env });
      } finally {
        close();
      }
    },
    close() {
      for (const host of hosts.values()) host.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
