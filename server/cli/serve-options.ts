/** What `vtcode serve` hands to `serve()`, and what it gets back: the seam between the command line and the server. */
import type { Logger } from '../base/log.ts';
import type { CollectorFound } from '../config/collector.ts';
import type { ProviderSetup, ProxySetup } from '../config/providers.ts';
import type { Layers } from '../config/layers.ts';
import type { Settings } from '../config/settings.ts';
import type { Network } from '../run/proxy/network.ts';
import type { Mode } from '../../shared/verdict.ts';

/** What a workspace is opened with, with a page or without. */
export interface HouseOptions {
  version: string;
  /** The workspace by its real path; checked: a directory, readable, not `/`, not the home, not around our own directories. */
  root: string;
  /** The state directory of this workspace, 0700, made. */
  stateDir: string;
  /** The user's config directory, 0700, made. */
  configDir: string;
  /** The settings files as they were read at start; `resolveSettings` folds them again when trust changes. */
  layers: Layers;
  settings: Settings;
  providers: ProviderSetup[];
  /** Where records are sent as they are made, where the person's own config says so. */
  collector: CollectorFound;
  /** All that is held and secret: it is masked in whatever leaves. */
  secrets: readonly string[];
  proxy: ProxySetup;
  /** What a command in the sandbox may know of the environment. No key, no preload variable is in it. */
  childEnv: Readonly<Record<string, string>>;
  /** `XDG_RUNTIME_DIR`, for the control socket where the state directory's path is too long for one. */
  runtimeDir: string | null;
  /** As the person asked for; null: what the settings say. */
  mode: Mode | null;
  /** Play the scripted demo although a provider may be there. */
  demo: boolean;
  /** Absolute path of a recorded turn list to play in place of a model. */
  script: string | null;
  /** What commands reach through the proxy; only a test brings one of its own. */
  network?: Network;
  /** Hides the keys already. */
  logger: Logger;
}

export interface ServeOptions extends HouseOptions {
  /** An IP address or `localhost`. Where others can reach it, the person has allowed that. */
  host: string;
  /** `auto`: 4747 or the next free one. 0: any. */
  port: 'auto' | number;
  /** Names and addresses, without port, that a non-loopback server answers to as `Host`, besides the loopback ones. */
  hostsExtra: string[];
  /** Where shares are served; null: on the loopback, once there is one. */
  shareListen: ShareListen | null;
}

export interface ShareListen {
  /** An IP address or `localhost`. */
  host: string;
  /** 0: any. */
  port: number;
  /** Names and addresses, without port, that it answers to as `Host` besides the loopback ones. */
  hostsExtra: string[];
}

export interface RunningServer {
  /** With a one-time code: `http://127.0.0.1:PORT/#code=CODE`. */
  url: string;
  port: number;
  /** Another one-time link, as `url`. */
  link(): string;
  trust: { trusted: boolean; reason: string };
  sandbox: { tier: string; why: string };
  provider: { name: string; kind: string; model: string; note: string };
  /** Stops turns, records what was open, flushes, frees the lock. Never throws; the second call waits for the first. */
  close(): Promise<void>;
}

/** In server/serve.ts. Throws a Fault when it cannot start; nothing is left open then. */
export type Serve = (options: ServeOptions) => Promise<RunningServer>;
