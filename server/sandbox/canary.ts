/** A port of ours on the loopback that nothing confined may reach; open only while that is tried. */
import { createServer } from 'node:net';

export interface Canary {
  port: number;
  visits(): number;
  close(): Promise<void>;
}

export function openCanary(): Promise<Canary> {
  let visits = 0;
  const server = createServer((socket) => {
    visits++;
    socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('the canary has no port'));
      resolve({
        port: address.port,
        visits: () => visits,
        close: () => new Promise((done) => void server.close(() => done())),
      });
    });
  });
}
