/** What a confined program may see, write, reach and use; and what of that the machine can really hold. */
import * as z from 'zod';

/** Absolute, normal, without NUL: `/`, names, nothing else. */
export const AbsPath = z.string().regex(/^\/(?:[^/\0]+(?:\/[^/\0]+)*)?$/);

/** `proxy`: named hosts through our own proxy. `host`: the network of the machine, for one approved command. */
export const NetworkMode = z.enum(['none', 'proxy', 'host']);
export type NetworkMode = z.infer<typeof NetworkMode>;

/** `guarded`: git's own folder may be written but for what could run something. */
export const GitMode = z.enum(['readonly', 'guarded']);
export type GitMode = z.infer<typeof GitMode>;

/** Bounds of one confined run: processes, open files, bytes of one file, bytes of data, and milliseconds on the clock. */
export const SandboxLimits = z.strictObject({
  pids: z.int().min(301),
  nofile: z.int().min(64),
  fileBytes: z.int().min(1),
  dataBytes: z.int().min(1),
  wallMs: z.int().min(1),
  outputBytes: z.int().min(1),
});
export type SandboxLimits = z.infer<typeof SandboxLimits>;

/**
 * One run, whole. The strictest value is the empty one: what no list names is not there. Every path is real at the time of the
 * run; the launcher refuses one that has become a link.
 */
export const SandboxPolicy = z.strictObject({
  v: z.literal(1),
  workspace: AbsPath,
  access: z.enum(['read', 'write']),
  /** Inside the workspace; chosen by the server, never by the model alone. */
  cwd: AbsPath,
  /** Read-only in the view, besides the system's own. */
  readRoots: z.array(AbsPath),
  /** Our own folders that persist between runs: where each lies on the host, and its place in the view. */
  ownRoots: z.array(z.strictObject({ host: AbsPath, at: AbsPath })),
  tmpfs: z.array(z.strictObject({ path: AbsPath, bytes: z.int().min(4096) })),
  /** Below the workspace: read-only. */
  protect: z.array(AbsPath),
  /** Below the workspace: unreadable. */
  hide: z.array(AbsPath),
  /** Sockets in the view that somebody listens on. */
  maskSockets: z.array(AbsPath),
  git: GitMode,
  network: z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('none') }),
    z.strictObject({ mode: z.literal('proxy'), socket: AbsPath, port: z.int().min(1).max(65_535) }),
    z.strictObject({ mode: z.literal('host'), connectPorts: z.array(z.int().min(1).max(65_535)) }),
  ]),
  limits: SandboxLimits,
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  /** A terminal of this size inside the sandbox; null: pipes. */
  pty: z.strictObject({ columns: z.int().min(1).max(9_999), rows: z.int().min(1).max(9_999) }).nullable(),
});
export type SandboxPolicy = z.infer<typeof SandboxPolicy>;

/**
 * `full`: namespaces, Landlock and seccomp. `assisted`: another program of the system makes the namespaces. `partial`: that
 * program and seccomp, without Landlock. `none`: commands are not offered.
 */
export const SandboxTier = z.enum(['full', 'assisted', 'partial', 'none']);
export type SandboxTier = z.infer<typeof SandboxTier>;

export const SandboxStatus = z.object({
  tier: SandboxTier,
  /** Why it is that tier, and what to do for a better one. */
  why: z.string(),
  layers: z.object({
    namespaces: z.boolean(),
    /** The ABI that is used; 0: none. */
    landlock: z.int(),
    seccomp: z.boolean(),
    pidLimit: z.boolean(),
  }),
  /** What the kernel lacks, and what that means. */
  missing: z.array(z.object({ what: z.string(), means: z.string() })),
  /** Attacks that were tried at start, and whether each was stopped. */
  checks: z.array(z.object({ name: z.string(), blocked: z.boolean(), detail: z.string() })),
});
export type SandboxStatus = z.infer<typeof SandboxStatus>;
