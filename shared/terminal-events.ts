/** What is recorded of the person's terminals. What is typed and printed there is in no event: it may be a password. */
import * as z from 'zod';
import { RelPath } from './action.ts';
import { ActionId, TerminalId } from './ids.ts';
import { Confinement, TerminalEnd } from './terminal.ts';

export const TERMINAL_EVENTS = {
  'terminal.opened': z.object({
    actionId: ActionId,
    terminalId: TerminalId,
    name: z.string(),
    argv: z.array(z.string()),
    cwd: RelPath,
    /** Names only: values may be secret. */
    envNames: z.array(z.string()),
    confinement: Confinement,
  }),
  'terminal.renamed': z.object({ terminalId: TerminalId, name: z.string() }),
  'terminal.closed': TerminalEnd.extend({
    terminalId: TerminalId,
    durationMs: z.int(),
    /** How much was typed and how much was printed. */
    typedBytes: z.int(),
    printedBytes: z.int(),
    /** What the scan afterwards found that a program outside could run by itself; each was put out of its reach. */
    findings: z.array(z.object({ path: RelPath, why: z.string() })),
  }),

  /** Words from outside of what is trusted came into the context. */
  'context.tainted': z.object({
    actionId: ActionId,
    source: z.enum(['dependency', 'network']),
    what: z.string(),
  }),
} as const;
