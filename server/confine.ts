/** The sandbox of a server: opened with the settings as they were at start, and obeying them as they stand at each command. */
import type { HouseOptions, ServeOptions } from './cli/serve-options.ts';
import { homesOf } from './config/dirs.ts';
import { limitsOf } from './config/sandbox.ts';
import type { SandboxSettings, Settings } from './config/settings.ts';
import { rulesOf } from './gate/rules.ts';
import { createSpawn } from './run/spawn.ts';
import { openConfinement } from './sandbox/open.ts';
import type { Confinement } from './sandbox/sandbox.ts';
import type { CommandSettings } from './tools/command-limits.ts';

export interface ServerConfinement extends Confinement {
  /** From now on the settings are read there before each command. */
  obey(standing: () => Promise<{ settings: Settings }>): void;
}

/** `port`: where the server listens; a workspace without a page has none. */
type Confined = HouseOptions & Partial<Pick<ServeOptions, 'port'>>;

export async function confine(options: Confined): Promise<ServerConfinement> {
  const { root, stateDir, configDir, childEnv, port = 'auto' } = options;
  let { settings } = options;
  let read = () => Promise.resolve({ settings });
  const confinement = await openConfinement({
    root,
    stateDir,
    configDir,
    homes: homesOf(childEnv),
    variables: childEnv,
    spawn: createSpawn(),
    access: 'write',
    rules: () => rulesOf(settings).paths,
    readRoots: () => settings.sandbox.readRoots.value,
    ...(port === 'auto' ? {} : { ownPort: port }),
  });
  return {
    ...confinement,
    async prepare(run) {
      ({ settings } = await read());
      return confinement.prepare(run);
    },
    obey: (standing) => void (read = standing),
  };
}

/** What a command of the agent is given, by the settings. A bound of theirs on its time is one that it cannot ask to exceed. */
export function commandSettings(sandbox: SandboxSettings): CommandSettings {
  const { wallMs } = sandbox.limits;
  const mode = sandbox.network.value;
  return {
    limits: limitsOf(sandbox),
    mostWallMs: wallMs.origin.layer === 'builtin' ? null : wallMs.value,
    network: { mode, hosts: mode === 'proxy' ? sandbox.hosts.map(({ pattern }) => pattern) : [] },
    git: sandbox.git.value,
  };
}
