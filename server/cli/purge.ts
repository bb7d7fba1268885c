/** `vtcode purge`: removes all that is kept of a workspace, after saying what that is. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { leftSockets, removeSockets } from '../control.ts';
import { lockWorkspace } from '../lock.ts';
import { includeTemporary, isTemporaryExcluded } from '../run/exclude.ts';
import { hasTemporary, removeTemporary } from '../run/temporary.ts';
import { keptDir } from '../trust/kept.ts';
import { ledgerPath } from '../trust/ledger.ts';
import { MARKER } from '../trust/marker.ts';
import { revokeTrust } from '../trust/trust.ts';
import type { Args } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { anchorPath } from './seals.ts';

export async function purgeCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.rest[0] ?? '.', 'look');
  const control = { stateDir: place.stateDir, runtimeDir: io.env['XDG_RUNTIME_DIR'] ?? null };
  const found = [
    ...(await whatIsKept(place)),
    ...(await leftSockets(control)).map((path) => `${path} (the socket of a server that was killed)`),
  ];
  if (found.length === 0) {
    await io.out('Nothing is kept of this workspace.\n');
    return 0;
  }
  // Held while it is removed: no server can start on half of it.
  const lock = existsSync(place.stateDir) ? await lockWorkspace(place.stateDir) : null;
  try {
    io.err(`Of ${shown(place.root)} this goes, and cannot be brought back:\n`);
    for (const line of found) io.err(`  ${shown(line)}\n`);
    await confirmed(args, io);
    await revokeTrust(place);
    const why = await includeTemporary(place.root);
    if (why !== '') io.err(`vtcode: the line in .git/info/exclude stays: ${shown(why)}\n`);
    await removeTemporary(place.root);
    await removeSockets(control);
    await rm(place.stateDir, { recursive: true, force: true });
    await rm(anchorPath(place), { force: true });
  } finally {
    lock?.release();
  }
  await io.out('Removed.\n');
  return 0;
}

async function whatIsKept({ root, stateDir, configDir }: Place): Promise<string[]> {
  const marker = join(root, MARKER);
  const ledger = ledgerPath(configDir, root);
  const anchor = anchorPath({ configDir, stateDir });
  return [
    ...(existsSync(stateDir) ? [`${stateDir} (sessions and records, ${await sizeOf(stateDir)})`] : []),
    ...(existsSync(anchor) ? [`${anchor} (the last signed head of its records)`] : []),
    ...(existsSync(ledger) ? [`${ledger} (trust)`] : []),
    ...(existsSync(keptDir(configDir, root)) ? [`${keptDir(configDir, root)} (copies of what was trusted)`] : []),
    ...(existsSync(marker) ? [`${marker} (the marker of trust)`] : []),
    ...(hasTemporary(root) ? [`${join(root, '.vtcode/tmp')} (but for what others put there)`] : []),
    ...((await isTemporaryExcluded(root)) ? [`the line .vtcode/tmp/ in ${join(root, '.git/info/exclude')}`] : []),
  ];
}

async function sizeOf(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return `${Math.ceil(bytes / 1024)} KiB`;
}

async function confirmed(args: Args, io: Io): Promise<void> {
  if (args.flags.has('yes')) return;
  if (!io.person) {
    const hint = 'To remove it without a question: vtcode purge --yes';
    const message = 'Removing is asked of a person, and there is no terminal to ask on.';
    throw new Fault({ status: 409, code: 'person_needed', message, hint });
  }
  const answer = await io.ask('Remove it? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new Fault({ status: 409, code: 'declined', message: 'Nothing was removed.' });
}
