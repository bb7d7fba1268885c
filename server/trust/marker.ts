/** The marker file in the workspace: read through no link, written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { Fault } from '../base/fault.ts';
import { Marker } from './statement.ts';

export const MARKER = '.vt-workspace-trust';

const NOTE =
  'Made by vtcode for one user of one machine: it says nothing anywhere else, and need not be kept with the sources.';

export type FoundMarker = { kind: 'none' } | { kind: 'broken'; why: string } | { kind: 'marker'; marker: Marker };

export async function readMarker(root: string): Promise<FoundMarker> {
  const read = await readWhole(root, MARKER, { follow: 'none', max: LIMITS.trustMarkerBytes.value });
  if (!read.ok) {
    const why = read.code === 'link' ? 'the marker is a symbolic link' : `the marker cannot be read: ${read.message}`;
    return { kind: 'broken', why };
  }
  if (read.state === 'absent') return { kind: 'none' };
  let value: unknown;
  try {
    value = JSON.parse(read.bytes.toString('utf8'));
  } catch {
    return { kind: 'broken', why: 'the marker is not JSON' };
  }
  const marker = Marker.safeParse(value);
  return marker.success
    ? { kind: 'marker', marker: marker.data }
    : { kind: 'broken', why: 'the marker is not one of ours' };
}

/** A new file takes the place of the name: what a link there led to is not touched. */
export async function writeMarker(root: string, marker: Omit<Marker, 'note'>): Promise<void> {
  const temporary = join(root, `${MARKER}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ note: NOTE, ...marker } satisfies Marker, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(root, MARKER));
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannotWrite(root, error);
  }
}

export async function removeMarker(root: string): Promise<void> {
  await rm(join(root, MARKER), { force: true }).catch((error: unknown) => {
    throw cannotWrite(root, error);
  });
}

function cannotWrite(root: string, error: unknown): Fault {
  const { code } = error as NodeJS.ErrnoException;
  return new Fault({
    status: code === 'ENOSPC' || code === 'EDQUOT' ? 507 : 403,
    code: 'trust_not_written',
    message: `${join(root, MARKER)} cannot be changed (${code ?? String(error)}).`,
    hint: 'Trust needs a file of its own at the top of the workspace: see that you may write there.',
  });
}
