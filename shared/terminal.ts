/** The person's terminals as the page knows them, and what goes through their sockets beside the bytes. */
import * as z from 'zod';
import { ApprovalId, TerminalId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { GitMode, NetworkMode, SandboxStatus, SandboxTier } from './sandbox.ts';

/** What holds a terminal. `host`: nothing does. */
export const Confinement = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sandbox'),
    /** SHA-256 (hex) of the canonical sandbox policy that was in force. */
    policy: z.string().regex(/^[0-9a-f]{64}$/),
    tier: SandboxTier,
    layers: SandboxStatus.shape.layers,
    network: NetworkMode,
    git: GitMode,
  }),
  z.object({ kind: z.literal('host') }),
]);
export type Confinement = z.infer<typeof Confinement>;

/** How a shell ended. `exit`: by itself; `person`: its terminal was closed; `server`: the server stopped. */
export const TerminalEnd = z.object({
  why: z.enum(['exit', 'person', 'server']),
  code: z.int().nullable(),
  signal: z.string(),
});
export type TerminalEnd = z.infer<typeof TerminalEnd>;

export const TerminalName = z.string().trim().min(1).max(LIMITS.terminalNameChars.value);

/** Where a shell would run. */
export const TerminalPlace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sandbox'), git: GitMode, network: NetworkMode }),
  z.object({ kind: z.literal('host') }),
]);
export type TerminalPlace = z.infer<typeof TerminalPlace>;

export const TerminalState = z.discriminatedUnion('state', [
  /** A request for it waits for the person. */
  z.object({ state: z.literal('asked'), approval: ApprovalId.nullable() }),
  z.object({ state: z.literal('running') }),
  z.object({
    state: z.literal('ended'),
    end: TerminalEnd,
    findings: z.array(z.object({ path: z.string(), why: z.string() })),
  }),
  z.object({ state: z.literal('refused'), why: z.string() }),
]);
export type TerminalState = z.infer<typeof TerminalState>;

export const TerminalInfo = z.object({
  id: TerminalId,
  name: z.string(),
  place: TerminalPlace,
  openedAt: z.string(),
  now: TerminalState,
});
export type TerminalInfo = z.infer<typeof TerminalInfo>;

/** Whether such a terminal can be had, and if not why. */
const Offer = z.object({ offered: z.boolean(), why: z.string() });

export const TerminalList = z.object({
  terminals: z.array(TerminalInfo),
  sandbox: Offer,
  host: Offer,
});
export type TerminalList = z.infer<typeof TerminalList>;

export const TerminalSize = z.object({
  columns: z.int().min(2).max(LIMITS.terminalColumns.value),
  rows: z.int().min(1).max(LIMITS.terminalRows.value),
});
export type TerminalSize = z.infer<typeof TerminalSize>;

/** The subprotocol of a terminal's socket. Beside it the page offers `ticket.TICKET`, which is never echoed. */
export const TERMINAL_PROTOCOL = 'vtcode.terminal.1';
export const TICKET_PREFIX = 'ticket.';

/** Text frames to the server; a binary frame is what was typed. */
export const TerminalUp = z.discriminatedUnion('type', [
  TerminalSize.extend({ type: z.literal('size') }),
  /** So many bytes more were drawn: more may come. */
  z.object({ type: z.literal('drawn'), bytes: z.int().min(1) }),
]);
export type TerminalUp = z.infer<typeof TerminalUp>;

/** Text frames to the page; a binary frame is what the terminal prints. */
export const TerminalDown = z.discriminatedUnion('type', [
  /** What follows, `bytes` of it, draws the screen anew from nothing: nothing of it may be answered. */
  TerminalSize.extend({ type: z.literal('screen'), bytes: z.int().min(0) }),
  TerminalSize.extend({ type: z.literal('size') }),
  /** What a program calls the window: not to be believed. */
  z.object({ type: z.literal('title'), text: z.string() }),
  z.object({ type: z.literal('full'), message: z.string() }),
  z.object({ type: z.literal('ended'), end: TerminalEnd }),
]);
export type TerminalDown = z.infer<typeof TerminalDown>;
