/** The SharedWorker of all tabs: HTTP/1.1 allows six connections to an origin, so they share one stream. */
import './zod.ts';
import { API } from '../../shared/api.ts';
import { StreamPorts, type ToStream } from './stream-ports.ts';

const SWEEP_MS = 30_000;
const ports = new StreamPorts(API.events.path);

self.addEventListener('connect', (event) => {
  // The library of types knows dedicated workers only; a connect event brings the tab's port.
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  port.addEventListener('message', (message: MessageEvent<ToStream>) => ports.receive(port, message.data));
  port.start();
});
setInterval(() => ports.sweep(), SWEEP_MS);
