/** What an endpoint is: its method, its path, what it takes and what it answers. */
import * as z from 'zod';
import { CommandId } from './ids.ts';

interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  status: number;
  query: z.ZodType;
  body: z.ZodType;
  response: z.ZodType;
}

export const endpoint = <const E extends Endpoint>(entry: E): E => entry;

/** Nothing is taken. */
export const none = z.object({});

/** In the body of whatever does something: the same one again does nothing more. */
export const command = { commandId: CommandId };
