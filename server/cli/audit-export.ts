/** `vtcode audit export`: the records as lines for a collector, also while a server runs. */
import { secretValues } from '../config/environment.ts';
import { didYouMean } from '../base/nearest.ts';
import { siemExporter } from '../store/siem/exporter.ts';
import { type Format, FORMAT_NAMES, lineOf } from '../store/siem/formats.ts';
import { streamEvents } from '../store/siem/stream.ts';
import { openStoreReader } from '../store/store.ts';
import { type Args, usage } from './args.ts';
import type { Io } from './io.ts';
import { findPlace } from './place.ts';
import { untilSignal } from './signals.ts';
import { readVersion } from './version.ts';

export async function auditExportCommand({ flags }: Args, io: Io): Promise<number> {
  const format = readFormat(flags.get('format') ?? 'jsonl');
  const since = flags.get('since');
  const from = since === undefined ? null : readSince(since, Date.now());
  const { root, stateDir } = await findPlace(io, flags.get('dir') ?? '.', 'look');
  const store = openStoreReader(stateDir);
  const exporter = siemExporter({ secrets: secretValues(io.env), root, version: readVersion() });
  const { signal, release } = untilSignal();
  try {
    const wish = { since: from, follow: flags.has('follow'), signal };
    for await (const page of streamEvents({ log: store.log, stateDir }, wish)) {
      for (const event of page) await io.out(`${lineOf(format, event, exporter)}\n`);
    }
    return 0;
  } finally {
    release();
    store.close();
  }
}

function readFormat(text: string): Format {
  const format = FORMAT_NAMES.find((name) => name === text);
  if (format !== undefined) return format;
  const message = `--format is expected to be one of ${FORMAT_NAMES.join(', ')}; came ${JSON.stringify(text)}.`;
  throw usage(message + didYouMean(text, FORMAT_NAMES), 'What each is: docs/siem.md');
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** A time, or how long ago, as an event writes it: whole milliseconds, rounded down. */
export function readSince(text: string, now: number): string {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ago = count === undefined ? NaN : now - Number(count) * UNITS[unit!]!;
  const at = RFC_3339.test(text) ? Date.parse(text) : ago;
  const time = new Date(at);
  if (Number.isNaN(at) || Number.isNaN(time.getTime()) || time.getUTCFullYear() < 0) {
    const message = `--since is expected to be a time (RFC 3339, with its offset) or a number with s, m, h or d; came ${JSON.stringify(text)}.`;
    throw usage(message, 'For example: --since 2026-01-31T09:00:00Z, or --since 2h');
  }
  return time.toISOString().replace('Z', '000Z');
}
