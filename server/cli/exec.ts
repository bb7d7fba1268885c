/** `vtcode exec`: one turn without a page, for scripts; what would need a person is denied. */
import { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { TurnEnd, Which } from '../exec.ts';
import { type Args, usage } from './args.ts';
import { type EventsFile, openEventsFile } from './events-file.ts';
import { createReport } from './exec-report.ts';
import { type Io, shown } from './io.ts';
import { untilSignal } from './signals.ts';
import { prepareStart, readPlayed } from './starting.ts';

const PERSON_NEEDED = 3;

export async function execCommand(args: Args, io: Io): Promise<number> {
  const { flags } = args;
  const played = readPlayed(args, io);
  const wish = { which: readWhich(args), text: readText(args), timeoutMs: readTimeout(args) };
  const { signal, release } = untilSignal();
  const { house } = await prepareStart(io, { dir: flags.get('dir') ?? '.', level: 'warn' });
  const report = createReport(io, { json: flags.has('json'), toolOutput: flags.has('tool-output') });
  const path = flags.get('events');
  const file = path === undefined ? null : openEventsFile(path, io.cwd);
  let trouble = '';
  try {
    const { exec } = await import('../exec.ts');
    const end = await exec(
      { ...house, ...played },
      { ...wish, model: flags.get('model') ?? null, signal, heard: (event) => take(event, [report, file]) },
    );
    await report.flushed();
    trouble = file?.close() ?? '';
    if (trouble !== '') io.err(`vtcode: the events are not whole in ${shown(path ?? '')} (${trouble}).\n`);
    if (signal.aborted) return 128 + Number(signal.reason);
    if (report.personNeeded()) return PERSON_NEEDED;
    return end === 'completed' && trouble === '' ? 0 : failed(end, io);
  } finally {
    release();
  }
}

type Heard = Parameters<EventsFile['take']>[0];

function take(event: Heard, takers: readonly ({ take(event: Heard): void } | null)[]): void {
  for (const taker of takers) taker?.take(event);
}

function failed(end: TurnEnd, io: Pick<Io, 'err'>): number {
  if (end === 'lost') io.err('vtcode: the record could not be written to the end of the turn, so the turn ended.\n');
  return 1;
}

function readWhich({ flags }: Args): Which {
  const id = flags.get('session');
  if (id === undefined) return { kind: flags.has('continue') ? 'last' : 'new' };
  if (flags.has('continue')) {
    throw usage('--session and --continue cannot both be obeyed: each names a session.', 'Give one of them.');
  }
  const session = SessionId.safeParse(id);
  if (session.success) return { kind: 'one', session: session.data };
  throw usage(
    `--session is expected to be the id of a session, ses_ and 26 characters; came ${JSON.stringify(id)}.`,
    'To see them: vtcode sessions list',
  );
}

function readText({ rest }: Args): string {
  const text = (rest[0] ?? '').trim();
  const { value } = LIMITS.messageChars;
  if (text !== '' && text.length <= value) return text;
  const came = text === '' ? 'nothing but spaces' : `${text.length}`;
  throw usage(
    `MESSAGE is expected to have 1 to ${value} characters; came ${came}.`,
    'Point to files in place of pasting them.',
  );
}

/** Milliseconds. */
function readTimeout({ flags }: Args): number | null {
  const text = flags.get('timeout');
  if (text === undefined) return null;
  const seconds = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  const ms = Math.round(seconds * 1_000);
  if (ms > 0 && ms <= LIMITS.turnMs.value) return ms;
  const most = LIMITS.turnMs.value / 1_000;
  throw usage(
    `--timeout is expected to be seconds, above 0 and at most ${most}; came ${JSON.stringify(text)}.`,
    'Without it a turn has its own bound.',
  );
}
