/** Events as the OpenTelemetry SDK makes log records of them, and such records as the bytes of a request: OTLP, as JSON. */
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { SessionEvent } from '../../shared/event.ts';
import type { Exporter } from '../store/siem/formats.ts';
import { otlpOf } from '../store/siem/otlp.ts';

export interface Records {
  /** Masked already. */
  of(event: SessionEvent): ReadableLogRecord;
  /** The body of one request. */
  bytes(records: readonly ReadableLogRecord[]): Uint8Array;
  /** What the collector says of a request that it took: how many records it left out all the same, and why. */
  rejected(answer: Uint8Array): { count: number; why: string };
}

interface PartialSuccess {
  rejectedLogRecords?: unknown;
  errorMessage?: string;
}

/**
 * The SDK's own batches give up what a collector does not take, so the records go straight to us, and the log is the queue.
 * All limits and the resource are given: what is left out, the SDK would read from the environment.
 */
export function createRecords(exporter: Exporter): Records {
  const { version, hostname, root } = exporter;
  let made: ReadableLogRecord | null = null;
  const done = () => Promise.resolve();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({
      'service.name': 'vtcode',
      'service.version': version,
      'host.name': hostname,
      'vtcode.workspace': root,
    }),
    logRecordLimits: { attributeCountLimit: 128, attributeValueLengthLimit: Infinity },
    processors: [{ onEmit: (record) => void (made = record), forceFlush: done, shutdown: done }],
  });
  const logger = provider.getLogger('vtcode.audit', version);
  return {
    of(event) {
      const { at, ...record } = otlpOf(event, exporter);
      made = null;
      logger.emit({ ...record, timestamp: at });
      if (made === null) throw new Error('the SDK made no record of an event');
      return made;
    },
    bytes(records) {
      const bytes = JsonLogsSerializer.serializeRequest([...records]);
      if (bytes === undefined) throw new Error('the SDK made no request of its records');
      return bytes;
    },
    rejected(answer) {
      // It is what the other side wrote, so it may be any JSON.
      const response = JsonLogsSerializer.deserializeResponse(answer) as {
        partialSuccess?: PartialSuccess | null;
      } | null;
      const partialSuccess = response?.partialSuccess;
      return { count: Number(partialSuccess?.rejectedLogRecords ?? 0), why: partialSuccess?.errorMessage ?? '' };
    },
  };
}
