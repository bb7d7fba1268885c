/** What the launcher says on its channel, which no command can write to: what is in force, and why it ended a command. */
import type { Duplex } from 'node:stream';
import type { NetworkMode, SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';

/** `mute`: there is no channel. `silent`: it has said nothing. */
export type Report = 'mute' | 'silent' | 'confined' | 'weaker';

/** What must be in force, as the launcher names it. */
export interface Asked extends SandboxLayers {
  /** Null: nothing was said of it. */
  network: NetworkMode | null;
}
type SandboxLayers = SandboxStatus['layers'];

export interface Heard {
  /** Settles when the sandbox stands; at once where there is no channel. Never, where it never stands. */
  begun: Promise<void>;
  report(): Report;
  /** The path that lost its cover, for which the launcher ended the command; empty where it did not. */
  uncovered(): string;
}

/** Never throws: a line that is not understood is none. `onWeaker` is called where less is in force than was asked. */
export function hear(control: Duplex | null, asked: Asked, onWeaker: () => void): Heard {
  let report: Report = control === null ? 'mute' : 'silent';
  let uncovered = '';
  let rest = Buffer.alloc(0);
  let stands: () => void = () => undefined;
  const begun = control === null ? Promise.resolve() : new Promise<void>((resolve) => (stands = resolve));
  const take = (line: string) => {
    const said = parsed(line);
    if (report !== 'silent') return void (uncovered = uncoveredIn(said) || uncovered);
    report = inForce(said, asked) ? 'confined' : 'weaker';
    if (report === 'weaker') onWeaker();
    stands();
  };
  control?.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]).subarray(0, LIMITS.launcherLineBytes.value);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      take(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
    }
  });
  return { begun, report: () => report, uncovered: () => uncovered };
}

function parsed(line: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? { ...said } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** True where the line says that no less is in force than was found at start, and asked for this run. */
const inForce = (said: Record<string, unknown>, { namespaces, landlock, seccomp, pidLimit, network }: Asked): boolean =>
  said['confined'] === true &&
  (said['namespaces'] === true || !namespaces) &&
  Number(said['landlock']) >= landlock &&
  said['seccomp'] === seccomp &&
  (said['network'] === network || network === null) &&
  (said['pids'] === 'pid_max' || said['pids'] === 'nproc' || !pidLimit);

function uncoveredIn({ ended, path }: Record<string, unknown>): string {
  return ended === 'uncovered' && typeof path === 'string' ? path : '';
}
