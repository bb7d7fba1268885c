/** `vtcode config explain`: every setting with its value, the place it comes from, and whether it holds. */
import { UserConfig } from '../../shared/config.ts';
import { didYouMean } from '../base/nearest.ts';
import { keysAt } from '../config/problems.ts';
import type { SettingEntry } from '../config/settings.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace } from './place.ts';
import { readSettings } from './settings.ts';

export async function explainCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const { settings } = await readSettings(place);
  const all = [...settings.entries, ...fromEnvironment(io.env)];
  const chosen = args.rest[0] === undefined ? all : matching(all, args.rest[0]);
  if (args.flags.has('json')) await io.out(`${JSON.stringify({ settings: chosen })}\n`);
  else await io.out(table(chosen));
  return 0;
}

type Entry = Omit<SettingEntry, 'origin'> & { origin: { layer: string; source: string } };

/** What the environment sets up, without any value that is a secret. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Entry[] {
  const set = (key: string, name: string, isSecret: boolean): Entry[] =>
    env[name]
      ? [
          {
            key,
            value: isSecret ? '(set)' : env[name],
            origin: { layer: 'environment', source: name },
            inForce: true,
            note: '',
          },
        ]
      : [];
  return ['anthropic', 'openai'].flatMap((kind) => [
    ...set(`providers.${kind}.base_url`, `${kind.toUpperCase()}_BASE_URL`, false),
    ...set(`providers.${kind}.api_key`, `${kind.toUpperCase()}_API_KEY`, true),
  ]);
}

/** The entries of a key and of what lies below it. A key that no setting could have is a mistake. */
function matching(all: readonly Entry[], key: string): Entry[] {
  const found = all.filter((entry) => entry.key === key || entry.key.startsWith(`${key}.`));
  if (found.length > 0 || isKnown(key)) return found;
  const known = [...new Set([...all.map((entry) => entry.key), ...knownKeys()])];
  throw usage(`unknown setting ${JSON.stringify(key)}.${didYouMean(key, known)}`, 'All of them: vtcode config explain');
}

const knownKeys = (): string[] =>
  keysAt(UserConfig, []).flatMap((table) => [table, ...keysAt(UserConfig, [table]).map((key) => `${table}.${key}`)]);

const isKnown = (key: string) => knownKeys().includes(key) || /^(?:tools\.)?policies(?:\.[a-z_]+)?$/.test(key);

function table(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'No file sets it, and it has no value of its own.\n';
  const rows = entries.map(({ key, value, origin, inForce, note }) => ({
    left: `${key} = ${JSON.stringify(value)}`,
    right: `${origin.source}${inForce ? '' : '  does not hold'}${note === '' ? '' : `: ${note}`}`,
  }));
  const width = Math.min(60, Math.max(...rows.map(({ left }) => left.length)));
  return rows.map(({ left, right }) => `${shown(left).padEnd(width)}  ${shown(right)}\n`).join('');
}
