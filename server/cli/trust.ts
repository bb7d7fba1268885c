/** `vtcode trust` and `vtcode untrust`: show what a workspace could do, ask, and give trust to exactly that; or take it away. */
import type { TrustChange, TrustReport } from '../../shared/trust.ts';
import { Fault } from '../base/fault.ts';
import { prepareDir } from '../config/dirs.ts';
import { listedStatement } from '../trust/ledger.ts';
import { giveTrust, inspectTrust, revokeTrust, type TrustPlace } from '../trust/trust.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace } from './place.ts';
import { readSettings } from './settings.ts';
import { throughServer } from './through-server.ts';

export async function trustCommand(args: Args, io: Io): Promise<number> {
  const isStatus = args.flags.has('status');
  if (isStatus && args.flags.has('yes')) {
    throw usage('--status changes nothing, and --yes says to change without a question.', 'Give one of them.');
  }
  const place = await findPlace(io, args.rest[0] ?? '.', 'look');
  const { trust, report } = await readSettings(place);
  if (isStatus) return tellStatus(report, args, io);
  if (report.marker === 'valid') return done(report, args, io);
  io.err(listing(place.root, report));
  await confirmed(args, io);
  await prepareDir(place.configDir, 'config');
  const given = await give(trust, { stateDir: place.stateDir, digest: report.digest });
  return done(given, args, io);
}

export async function untrustCommand(args: Args, io: Io): Promise<number> {
  const { root, configDir, stateDir } = await findPlace(io, args.rest[0] ?? '.', 'look');
  const was = (await listedStatement(configDir, root)) !== null;
  if (!(await throughServer(stateDir, { op: 'untrust' }))) await revokeTrust({ root, configDir });
  await io.out(was ? 'Trust was taken away.\n' : 'It was not trusted.\n');
  return 0;
}

/** A server that runs gives the trust itself, so that its record says so. */
async function give(trust: TrustPlace, to: { stateDir: string; digest: string }): Promise<TrustReport> {
  const isDone = await throughServer(to.stateDir, { op: 'trust', digest: to.digest });
  return isDone ? inspectTrust(trust) : giveTrust(trust, to.digest);
}

async function confirmed(args: Args, io: Io): Promise<void> {
  if (args.flags.has('yes')) return;
  if (!io.person) {
    throw new Fault({
      status: 409,
      code: 'person_needed',
      message: 'Trust is asked of a person, and there is no terminal to ask on.',
      hint: 'If you have read the list above: vtcode trust --yes',
    });
  }
  const answer = await io.ask('Trust this, as it stands? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new Fault({ status: 409, code: 'declined', message: 'Nothing was changed.' });
}

async function tellStatus(report: TrustReport, args: Args, io: Io): Promise<number> {
  if (!args.flags.has('json')) {
    await io.out(`${report.trusted ? 'yes' : 'no'}: ${shown(report.reason)}\n${fileLines(report)}`);
    return 0;
  }
  return done(report, args, io);
}

async function done(report: TrustReport, args: Args, io: Io): Promise<number> {
  const files = report.files.map(({ path, sha256, trusted }) => ({ path, sha256, trusted }));
  const line = JSON.stringify({ trusted: report.trusted, reason: report.reason, files });
  await io.out(args.flags.has('json') ? `${line}\n` : `${shown(report.reason)}\n`);
  return 0;
}

const fileLines = (report: TrustReport): string =>
  report.files
    .map(
      (file) => `  ${file.trusted ? 'trusted    ' : 'not trusted'}  ${file.sha256.slice(0, 12)}  ${shown(file.path)}\n`,
    )
    .join('');

const EFFECTS = { runs: 'RUNS', loosens: 'LOOSENS', steers: 'STEERS' } as const;

/** What one reads before one decides: every file, what it could do, its hash, the lines that matter, and what hides. */
function listing(root: string, report: TrustReport): string {
  const head = `${shown(root)}\n${shown(report.reason)}\n\n`;
  if (report.files.length === 0) return `${head}Nothing in it could run something or speak to the agent.\n`;
  const files = report.files.map((file) => {
    const state = file.trusted ? ' (trusted as it is)' : '';
    const hidden = file.hiddenCharacters === 0 ? '' : `\n    ! ${hiddenWords(file.hiddenCharacters)}`;
    const lines = file.excerpt.map(({ line, text }) => `\n    ${String(line).padStart(5)}  ${shown(text)}`).join('');
    const changed = changeLines(file.change);
    return `${EFFECTS[file.effect]}  ${shown(file.path)}${state}\n    ${shown(file.what)}; sha256 ${file.sha256}${hidden}${changed === '' ? lines : changed}\n`;
  });
  return `${head}${files.join('\n')}\n`;
}

/** What is another since it was trusted, as a unified diff; empty where nothing is, or where all of it is new. */
function changeLines(change: TrustChange): string {
  if (change.kind === 'lost') return '\n    changed; what was trusted of it is not kept any more';
  if (change.kind !== 'changed') return '';
  if (change.diff.kind === 'opaque') return '\n    changed; it is no text';
  const lines = change.diff.hunks.flatMap((hunk) => [`@@ -${hunk.oldStart} +${hunk.newStart} @@`, ...hunk.lines]);
  return lines.map((line) => `\n    ${shown(line)}`).join('');
}

const hiddenWords = (count: number) =>
  count === 1 ? '1 character in it does not show' : `${count} characters in it do not show`;
