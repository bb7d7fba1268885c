/** Has the server that runs on a workspace do what would else be done behind its back. */
import { Fault } from '../base/fault.ts';
import { askControl } from '../control.ts';
import { runningServer } from '../lock.ts';

/** False: none runs, or one that does not know the request; the caller then does it alone. Throws the server's Fault. */
export async function throughServer(
  stateDir: string,
  request: { op: string } & Record<string, unknown>,
): Promise<boolean> {
  const server = runningServer(stateDir);
  if (server === null) return false;
  try {
    await askControl(server.control, request);
    return true;
  } catch (error) {
    if (error instanceof Fault && (error.code === 'no_server' || error.code === 'unknown_op')) return false;
    throw error;
  }
}
