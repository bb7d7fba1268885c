/** What starting a program looks like to the rooms that are given it; only server/run/spawn.ts does it. */

/** The programs that run on the host, outside any sandbox. Each has its reason and its fixed arguments in server/run/spawn.ts. */
export type HostProgram =
  'search' | 'open-browser' | 'limit-core' | 'key-command' | 'compile-launcher' | 'sandbox' | 'host-terminal';

export interface SpawnOptions {
  signal: AbortSignal;
  timeoutMs: number;
  /** What is kept of stdout (and, apart, of stderr). The program is stopped when it prints more on stdout. */
  maxOutputBytes: number;
  /** Absolute. */
  cwd: string;
  /** Nothing is inherited. `minimal` is a system PATH, LANG and the user's home. */
  env: 'minimal' | Readonly<Record<string, string>>;
  stdin: 'none' | Uint8Array;
  /**
   * Given each line of stdout as it comes, without its line feed; stdout is then not kept. `false` stops the program.
   * Of a line longer than `maxLineBytes` only the beginning is given, and `cut` is true.
   */
  onLine?: { maxLineBytes: number; line(bytes: Buffer, cut: boolean): boolean };
}

export interface SpawnResult {
  /** Null where a signal ended it, or where it never started. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: Buffer;
  /** More was printed than was kept. */
  truncated: boolean;
  timedOut: boolean;
  /** Stopped through the AbortSignal. */
  aborted: boolean;
  /** Why it could not be started; empty where it was. */
  startError: string;
}

export interface Spawn {
  /**
   * Runs one of the named programs and waits for its end. `argv[0]` is the absolute path of the file; the fixed arguments of
   * the program are put before the rest. Never throws for what a program does; throws for an argv that its entry forbids.
   */
  run(program: HostProgram, argv: readonly string[], options: SpawnOptions): Promise<SpawnResult>;
}
