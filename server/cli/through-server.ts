/** Has the server that runs on a workspace do what would else be done behind its back. */
import { Fault } from '../base/fault.ts';
import { askControl } from '../control.ts';
import { runningServer } from '../lock.ts';

type Request = { op: string } & Record<string, unknown>;

/** False: none runs, or one that does not know the request; the caller then does it alone. Throws the server's Fault. */
export const throughServer = async (stateDir: string, request: Request): Promise<boolean> =>
  (await askServer(stateDir, request)) !== null;

/** The same, with what the server answers; null where there is none to ask. */
export async function askServer(stateDir: string, request: Request): Promise<{ result: unknown } | null> {
  const server = runningServer(stateDir);
  if (server === null) return null;
  try {
    return { result: await askControl(server.control, request) };
  } catch (error) {
    if (error instanceof Fault && (error.code === 'no_server' || error.code === 'unknown_op')) return null;
    throw error;
  }
}
