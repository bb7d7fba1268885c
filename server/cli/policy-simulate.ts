/** `vtcode policy simulate`: what another tool-policy.json would have decided otherwise of what was recorded. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SessionId } from '../../shared/ids.ts';
import type { Simulated } from '../../shared/policy-api.ts';
import { Fault } from '../base/fault.ts';
import { rulesUnder } from '../desk.ts';
import { simulate } from '../gate/replay.ts';
import { rulesOf } from '../gate/rules.ts';
import { createLooker } from '../search/world.ts';
import { openStoreReader } from '../store/store.ts';
import { trustedBy } from '../trust/trust.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { isBoxed } from './judging.ts';
import { findPlace } from './place.ts';
import { readSettings } from './settings.ts';

export async function simulateCommand(args: Args, io: Io): Promise<number> {
  const file = args.flags.get('against');
  const hint = 'What it takes: vtcode policy simulate --help';
  if (file === undefined) throw usage('--against is expected with the tool-policy.json to try.', hint);
  if (args.flags.has('session') === args.flags.has('all')) throw usage('one of --session and --all is expected.', hint);
  const session = args.flags.has('all') ? null : sessionOf(args.flags.get('session') ?? '');
  const dir = args.flags.get('dir') ?? '.';
  const place = await findPlace(io, dir, 'look');
  const text = await readFile(resolve(io.cwd, file), 'utf8').catch(unread(file));
  const { layers, settings, report } = await readSettings(place);
  const others = rulesUnder(layers, { file, text }, trustedBy(report));
  const store = openStoreReader(place.stateDir);
  try {
    const now = { rules: rulesOf(settings), mode: settings.mode.value, trusted: report.trusted };
    const boxed = now.mode === 'contained' && (await isBoxed(dir, io));
    const replay = { grants: store.grants, standing: async () => now, ...createLooker(place.root), boxed };
    const found = await simulate(replay, { rules: others, session });
    await io.out(args.flags.has('json') ? `${JSON.stringify(found)}\n` : table(found));
    return 0;
  } finally {
    store.close();
  }
}

function sessionOf(id: string): SessionId {
  const parsed = SessionId.safeParse(id);
  if (parsed.success) return parsed.data;
  throw usage(
    `--session is expected to be the id of one; came ${JSON.stringify(id)}.`,
    'List them: vtcode sessions list',
  );
}

const unread = (file: string) => (error: NodeJS.ErrnoException) => {
  const hint = 'Name a tool-policy.json.';
  throw new Fault({ status: 404, code: 'no_file', message: `${file} could not be read (${error.code ?? ''}).`, hint });
};

function table({ looked, more, looser, stricter, changes }: Simulated): string {
  const rows = changes.map(
    ({ now, next, title, rule, why, denied }) =>
      `${now} then ${next}  ${shown(title)}${denied ? '  (a person denied it)' : ''}\n          ${shown(rule)}: ${shown(why)}\n`,
  );
  const whole = `Of ${more ? 'the last ' : ''}${looked} recorded actions ${looser} would be let through more easily, ${stricter} less.\n`;
  return [whole, ...rows].join('');
}
