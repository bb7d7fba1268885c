/** The sandbox of a server: opened with the settings as they were at start, and obeying them as they stand at each command. */
import type { ServeOptions } from './cli/serve-options.ts';
import { homesOf } from './config/dirs.ts';
import { rulesOf } from './gate/rules.ts';
import type { Rules } from './policy/judge.ts';
import { createSpawn } from './run/spawn.ts';
import { openConfinement } from './sandbox/open.ts';
import type { Confinement } from './sandbox/sandbox.ts';

export interface ServerConfinement extends Confinement {
  /** From now on the rules are read there before each command. */
  obey(standing: () => Promise<{ rules: Pick<Rules, 'paths'> }>): void;
}

export async function confine(options: ServeOptions): Promise<ServerConfinement> {
  const { root, stateDir, configDir, childEnv, settings } = options;
  let { paths } = rulesOf(settings);
  let read = () => Promise.resolve({ rules: { paths } });
  const confinement = await openConfinement({
    root,
    stateDir,
    configDir,
    homes: homesOf(childEnv),
    variables: childEnv,
    spawn: createSpawn(),
    access: 'write',
    rules: () => paths,
    readRoots: () => [],
  });
  return {
    ...confinement,
    async prepare(run) {
      ({ paths } = (await read()).rules);
      return confinement.prepare(run);
    },
    obey: (standing) => void (read = standing),
  };
}
