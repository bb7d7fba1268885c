/** A tab's end of the stream: the worker that all tabs share, or a stream of its own where there is none. */
import workerUrl from './stream.worker.ts?sharedworker&url';
import { API } from '../../shared/api.ts';
import { PING_MS, StreamPorts, type FromStream, type Port, type ToStream } from './stream-ports.ts';
import type { StreamItem, StreamState } from './stream-source.ts';
import { workerAddress } from './trusted.ts';

export interface StreamEvents {
  onItems: (items: StreamItem[]) => void;
  onState: (state: StreamState) => void;
  /** Events may have passed this tab by: read the snapshots again. */
  onMissed: () => void;
}

interface Line {
  send: (message: ToStream) => void;
  close: () => void;
}

/** Listens until the answer is called. */
export function listen(token: string, events: StreamEvents): () => void {
  const receive = (message: FromStream) => {
    if (message.kind === 'items') events.onItems(message.items);
    else if (message.kind === 'state') events.onState(message.state);
    else events.onMissed();
  };
  let line = shared(receive, () => {
    // The worker's script did not load: this tab goes on by itself.
    line = own(receive);
    line.send({ kind: 'hello', token });
  });
  line.send({ kind: 'hello', token });
  const timer = setInterval(() => line.send({ kind: 'ping' }), PING_MS);
  const stop = listenToPage({
    leave: () => line.send({ kind: 'bye' }),
    back: () => {
      line.send({ kind: 'hello', token });
      events.onMissed();
    },
    look: () => line.send({ kind: 'hurry' }),
  });
  return () => {
    clearInterval(timer);
    stop();
    line.send({ kind: 'bye' });
    line.close();
  };
}

function shared(receive: (message: FromStream) => void, onFail: () => void): Line {
  if (typeof SharedWorker === 'undefined') return own(receive);
  try {
    const worker = new SharedWorker(workerAddress(workerUrl), { type: 'module', name: 'vtcode stream' });
    worker.addEventListener('error', onFail, { once: true });
    worker.port.addEventListener('message', (event: MessageEvent<FromStream>) => receive(event.data));
    worker.port.start();
    return { send: (message) => worker.port.postMessage(message), close: () => worker.port.close() };
  } catch (error) {
    console.warn('vtcode: no shared worker, this tab listens by itself', error);
    return own(receive);
  }
}

function own(receive: (message: FromStream) => void): Line {
  const ports = new StreamPorts(API.events.path);
  const port: Port = { postMessage: receive };
  return { send: (message) => ports.receive(port, message), close: () => {} };
}

function listenToPage(told: { leave: () => void; back: () => void; look: () => void }): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  window.addEventListener('pagehide', told.leave, { signal });
  window.addEventListener('pageshow', (event) => event.persisted && told.back(), { signal });
  window.addEventListener('online', told.look, { signal });
  document.addEventListener('visibilitychange', () => !document.hidden && told.look(), { signal });
  return () => abort.abort();
}
