/** Reads the settings of a place, with what is trusted of them now. */
import type { TrustReport } from '../../shared/trust.ts';
import { type Layers, loadLayers, ORGANISATION } from '../config/layers.ts';
import { instructionNames, resolveSettings } from '../config/resolve.ts';
import type { Settings } from '../config/settings.ts';
import { workspaceFiles } from '../config/workspace-file.ts';
import { inspectTrust, trustedBy, type TrustPlace } from '../trust/trust.ts';
import type { Place } from './place.ts';

export interface PlaceSettings {
  layers: Layers;
  settings: Settings;
  trust: TrustPlace;
  report: TrustReport;
}

/** Throws a Fault where a settings file is not understood. */
export async function readSettings({ root, configDir }: Place): Promise<PlaceSettings> {
  const layers = await loadLayers({ organisation: ORGANISATION, configDir, workspaceFile: workspaceFiles(root) });
  const trust = { root, configDir, instructions: instructionNames(layers) };
  const report = await inspectTrust(trust);
  return { layers, settings: resolveSettings(layers, trustedBy(report)), trust, report };
}
