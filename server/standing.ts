/** Reads what trust and rules rest on, and tells cheaply whether any of it changed. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../shared/limits.ts';
import { sha256 } from './base/hash.ts';
import type { HouseOptions } from './cli/serve-options.ts';
import { loadLayers, ORGANISATION } from './config/layers.ts';
import { instructionNames, resolveSettings } from './config/resolve.ts';
import { workspaceFiles } from './config/workspace-file.ts';
import { excludeTemporary } from './run/exclude.ts';
import { ledgerPath } from './trust/ledger.ts';
import { MARKER } from './trust/marker.ts';
import { readInstructions, surfacePaths } from './trust/surface.ts';
import { adoptChanges, giveTrust, inspectTrust, revokeTrust, trustedBy } from './trust/trust.ts';
import type { Standing, WorkspaceDeps } from './workspace.ts';

const SETTINGS_FILES = ['config.toml', 'tool-policy.json'];

export function openStanding(
  options: Pick<HouseOptions, 'root' | 'configDir' | 'layers'>,
): Pick<WorkspaceDeps, 'read' | 'sign' | 'bound' | 'giveTrust' | 'adopt' | 'revokeTrust'> {
  const { root, configDir } = options;
  let names = instructionNames(options.layers);
  const place = () => ({ root, configDir, instructions: names });

  return {
    async read() {
      const layers = await loadLayers({ organisation: ORGANISATION, configDir, workspaceFile: workspaceFiles(root) });
      names = instructionNames(layers);
      const report = await inspectTrust(place());
      const settings = resolveSettings(layers, trustedBy(report));
      return { report, settings, instructions: await instructionsIn(root, settings.instructions.value) };
    },
    sign() {
      const own = [configDir, ORGANISATION.dir].flatMap((dir) => SETTINGS_FILES.map((name) => join(dir, name)));
      const there = [MARKER, ...surfacePaths(names)].map((path) => join(root, path));
      return [...own, ledgerPath(configDir, root), ...there].map(signOf).join(' ');
    },
    bound: () => surfacePaths(names),
    adopt: (changes) => adoptChanges(place(), changes),
    async giveTrust(digest) {
      await giveTrust(place(), digest);
      await excludeTemporary(root);
    },
    revokeTrust: async () => void (await revokeTrust({ root, configDir })),
  };
}

/**
 * Of what cannot be looked at, why not. The change time cannot be set back by who may write the file. Asked before each
 * decision, and synchronous for that: a dozen of these take less than one trip to the thread pool.
 */
function signOf(path: string): string {
  try {
    const facts = statSync(path, { bigint: true, throwIfNoEntry: false }); // an error costs more than the look
    return facts === undefined ? 'ENOENT' : `${facts.ino}.${facts.size}.${facts.ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** Those that are there and can be read as text; the others are named in the trust report, with the reason. */
async function instructionsIn(root: string, names: readonly string[]): Promise<Standing['instructions']> {
  const found: Standing['instructions'] = [];
  for (const path of names) {
    const read = await readInstructions(root, path, LIMITS.instructionBytes.value);
    if (!read.ok || read.state === 'absent') continue;
    found.push({ path, text: read.bytes.toString('utf8'), bytes: read.bytes.length, sha256: sha256(read.bytes) });
  }
  return found;
}
