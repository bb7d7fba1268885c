/** How a server ends: by a signal, cleanly; by a second one, at once; by a fault of its own, saying so. */
import { LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../base/log.ts';
import type { RunningServer } from './serve-options.ts';
import { SIGNALS } from './signals.ts';

/** Resolves with the exit code once the server is closed. Call it once a process, as soon as the server runs. */
export function untilStopped({
  server,
  logger,
}: {
  server: Pick<RunningServer, 'close'>;
  logger: Logger;
}): Promise<number> {
  return new Promise((resolve) => {
    let since = 0;
    const stop = (code: number) => {
      since = performance.now();
      void server.close().then(() => resolve(code));
    };
    for (const [name, number] of Object.entries(SIGNALS)) {
      process.on(name, () => {
        if (since === 0) return stop(0);
        // npm passes on the Ctrl+C that the terminal has sent us already: that is one wish, not two.
        if (performance.now() - since > LIMITS.secondSignalMs.value) process.exit(128 + number);
      });
    }
    process.on('uncaughtException', (error) => {
      logger.error('server.fault', { error });
      if (since === 0) stop(1);
      else process.exit(1);
    });
  });
}
