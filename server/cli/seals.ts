/** What the records of a workspace are signed with, and where the last signed head of it is kept. */
import { basename, join } from 'node:path';
import type { Seals } from '../store/heads.ts';
import { auditDir, ensureAuditKey } from '../trust/audit-key.ts';
import type { Place } from './place.ts';

/** For who writes records. The key is made where there is none. */
export const sealsOf = async (place: Pick<Place, 'configDir' | 'stateDir'>): Promise<Seals> => ({
  signer: await ensureAuditKey(place.configDir),
  anchor: anchorPath(place),
});

/** In the config directory, under the name of the state directory: what is done to the one does not show in the other. */
export const anchorPath = ({ configDir, stateDir }: Pick<Place, 'configDir' | 'stateDir'>): string =>
  join(auditDir(configDir), 'heads', `${basename(stateDir)}.json`);
