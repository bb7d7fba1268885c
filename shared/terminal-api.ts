/** The endpoints of the person's terminals. */
import * as z from 'zod';
import { command, endpoint, none } from './endpoint.ts';
import { TerminalId } from './ids.ts';
import { TerminalList, TerminalName, TerminalPlace } from './terminal.ts';

export const TERMINAL_API = {
  terminals: endpoint({
    method: 'GET',
    path: '/api/terminals',
    status: 200,
    query: none,
    body: none,
    response: TerminalList,
  }),
  openTerminal: endpoint({
    method: 'POST',
    path: '/api/terminals',
    status: 202,
    query: none,
    body: z.object({ ...command, name: TerminalName, place: TerminalPlace }),
    response: z.object({ id: TerminalId }),
  }),
  renameTerminal: endpoint({
    method: 'PATCH',
    path: '/api/terminals/:id',
    status: 200,
    query: none,
    body: z.object({ ...command, name: TerminalName }),
    response: z.object({ ok: z.literal(true) }),
  }),
  closeTerminal: endpoint({
    method: 'DELETE',
    path: '/api/terminals/:id',
    status: 200,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
  /** Without a commandId, whose answer would be kept: a ticket is in no record. */
  terminalTicket: endpoint({
    method: 'POST',
    path: '/api/terminals/:id/ticket',
    status: 200,
    query: none,
    body: none,
    response: z.object({ ticket: z.string() }),
  }),
} as const;
