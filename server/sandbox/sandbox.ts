/** What the rest of the server knows of confinement: its status, and the preparation of one run. */
import type { GitMode, NetworkMode, SandboxLimits, SandboxPolicy, SandboxStatus } from '../../shared/sandbox.ts';

export interface ConfinedRun {
  /** Real and relative to the workspace; `.` is its root. */
  cwd: string;
  /** What differs from the variables that every command gets. */
  env: Record<string, string>;
  git: GitMode;
  network: RunNetwork;
  limits: SandboxLimits;
  /**
   * A terminal of this size inside the sandbox; null: pipes. `outer`: the terminal that the launcher itself is started on, by who
   * can hand over no other descriptor; then nothing tells what is in force but that it runs at all.
   */
  pty: { columns: number; rows: number } | 'outer' | null;
  /** Whose private HOME and /tmp it gets. */
  session: string;
}

/** `socket`: where the proxy of this very run listens. What may be reached through it is the proxy's to say. */
export type RunNetwork =
  { mode: Exclude<NetworkMode, 'proxy'>; hosts: string[] } | { mode: 'proxy'; hosts: string[]; socket: string };

/** Something that a program of the host would execute by itself, and that a command left behind. */
export interface Finding {
  /** Relative to the workspace. */
  path: string;
  why: string;
}

export interface Prepared {
  policy: SandboxPolicy;
  /** SHA-256 (hex) of the canonical text of `policy`. */
  policyHash: string;
  /** Launcher, flags, `--`, command. */
  argv: (command: readonly string[]) => string[];
  /** The environment of the launcher itself; what the command gets is in `policy.env`. */
  env: Record<string, string>;
  /** Called once, when nothing of the run is alive: looks for what it left, puts that away, and takes its placeholders off. */
  done: () => Promise<Finding[]>;
  /** After `done`: that folders of the session were emptied, in words for who asked; mostly empty. */
  emptied: () => string;
}

/** Opened once by a server, for one workspace. */
export interface Confinement {
  /** At tier `none` commands are not offered. */
  status: () => SandboxStatus;
  /**
   * The policy of one run, made from what stands in the workspace now. Throws a `Fault` that says what is in the way and how to
   * mend it; then nothing may run.
   */
  prepare: (run: ConfinedRun) => Promise<Prepared>;
  /** What commands had left, and was put away at start, whose server was killed before it could look. */
  leftBehind: Finding[];
  close: () => Promise<void>;
}
