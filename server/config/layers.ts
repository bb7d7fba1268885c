/** The settings files of the organisation, the user and the workspace, read, checked and placed. */
import { join } from 'node:path';
import type * as z from 'zod';
import { OrganisationConfig, ToolPolicyFile, UserConfig, WorkspaceConfig } from '../../shared/config.ts';
import { checkConfig, checkPolicy } from './check.ts';
import { parseSettings, type Sourced } from './parse.ts';
import { type OwnedBy, readOwned } from './read.ts';
import type { FileLayer } from './settings.ts';

/** Only the user's config names providers. */
export interface Layers {
  organisation: { config: Sourced<OrganisationConfig> | null; policy: Sourced<ToolPolicyFile> | null };
  user: { config: Sourced<UserConfig> | null; policy: Sourced<ToolPolicyFile> | null };
  workspace: { config: Sourced<WorkspaceConfig> | null; policy: Sourced<ToolPolicyFile> | null };
}

/** Where the organisation's layer stands, and the user id that must own it. */
export const ORGANISATION = { dir: '/etc/vtcode', uid: 0 } as const;

export interface LayerPlaces {
  /** `ORGANISATION`; a test has its own. */
  organisation: { dir: string; uid: number };
  configDir: string;
  /** Reads a file of the workspace through no link that leads out; null where there is none. */
  workspaceFile: (path: string) => Promise<Uint8Array | null>;
}

export const WORKSPACE_CONFIG = 'vtcode.toml';
export const WORKSPACE_POLICY = '.vtcode/tool-policy.json';

/** Throws a Fault that names file, line and column, what was expected and what came. Nothing falls back to a default. */
export async function loadLayers(places: LayerPlaces): Promise<Layers> {
  const { organisation, configDir } = places;
  const ours = process.getuid?.() ?? 0;
  const root: OwnedBy = { uids: [organisation.uid], who: 'root', links: false };
  // A dotfile manager may link to a file that root owns; the directory itself is ours alone.
  const user: OwnedBy = { uids: [ours, 0], who: 'you or root', links: true };
  return {
    organisation: {
      config: await config(join(organisation.dir, 'config.toml'), root),
      policy: await policy('organisation', join(organisation.dir, 'tool-policy.json'), root),
    },
    user: {
      config: await userConfig(join(configDir, 'config.toml'), user),
      policy: await policy('user', join(configDir, 'tool-policy.json'), user),
    },
    workspace: {
      config: parsed(await places.workspaceFile(WORKSPACE_CONFIG), (bytes) =>
        parseConfig('workspace', WORKSPACE_CONFIG, { bytes, schema: WorkspaceConfig }),
      ),
      policy: parsed(await places.workspaceFile(WORKSPACE_POLICY), (bytes) =>
        parsePolicy('workspace', WORKSPACE_POLICY, bytes),
      ),
    },
  };
}

const parsed = <T>(bytes: Uint8Array | null, parse: (bytes: Uint8Array) => T): T | null =>
  bytes === null ? null : parse(bytes);

const config = async (file: string, owner: OwnedBy) =>
  parsed(await readOwned(file, owner), (bytes) =>
    parseConfig('organisation', file, { bytes, schema: OrganisationConfig }),
  );

const policy = async (layer: FileLayer, file: string, owner: OwnedBy) =>
  parsed(await readOwned(file, owner), (bytes) => parsePolicy(layer, file, bytes));

const userConfig = async (file: string, owner: OwnedBy) =>
  parsed(await readOwned(file, owner), (bytes) =>
    parseSettings<UserConfig>(bytes, {
      file,
      syntax: 'toml',
      schema: UserConfig,
      elsewhere: () => '',
      check: (value) => checkConfig('user', value),
    }),
  );

function parseConfig<T extends WorkspaceConfig>(
  layer: FileLayer,
  file: string,
  { bytes, schema }: { bytes: Uint8Array; schema: z.ZodType<T> },
): Sourced<T> {
  return parseSettings<T>(bytes, {
    file,
    syntax: 'toml',
    schema,
    elsewhere: (key, path) => (path.length === 0 || path[0] === 'audit' ? usersOnly(key) : ''),
    check: (value) => checkConfig(layer, value),
  });
}

/** Throws a Fault that names file, line and column. */
export function parsePolicy(layer: FileLayer, file: string, bytes: Uint8Array): Sourced<ToolPolicyFile> {
  return parseSettings<ToolPolicyFile>(bytes, {
    file,
    syntax: 'json',
    schema: ToolPolicyFile,
    elsewhere: () => '',
    check: (value) => checkPolicy(layer, value),
  });
}

const usersOnly = (key: string): string =>
  key in UserConfig.shape || key === 'otlp' ? ` It stands only in config.toml of the user's own config directory.` : '';
