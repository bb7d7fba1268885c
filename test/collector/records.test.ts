/** Each event of each type is one log record of OTLP, right by its schema, and nothing in it makes a second or a name of its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecords } from '../../server/collector/records.ts';
import { ENVELOPE, FIELDS } from '../../server/store/siem/fields.ts';
import { siemExporter } from '../../server/store/siem/exporter.ts';
import { EVENT_DATA, type EventType, type SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { eventOf } from '../fixtures/any-event.ts';
import { decode } from '../fixtures/collector.ts';
import { createScript } from '../fixtures/events.ts';

const KEY = 'held-9f1c7be2d04a55b1';
const records = createRecords(siemExporter({ secrets: [KEY], root: '/home/ann/work', version: '1.2.3' }));
const sent = (events: readonly SessionEvent[]) =>
  decode(Buffer.from(records.bytes(events.map((event) => records.of(event)))).toString('utf8'));

const TYPES = Object.keys(EVENT_DATA) as EventType[]; // its keys are the types
const KNOWN = new Set([
  ...Object.values(FIELDS).map(({ otlp }) => otlp),
  ...ENVELOPE.flatMap(([, , , , otlp]) => otlp.match(/[a-z_]+(?:\.[a-z_]+)+/g) ?? []),
  ...['vtcode.data_left_out_bytes'],
]);

describe('a log record', () => {
  it.each(TYPES)('of %s is right by its schema, and has only names that the tables have', (type) => {
    fc.assert(
      fc.property(eventOf(type), (event) => {
        const [record, ...rest] = sent([event]);
        expect(rest).toEqual([]);
        expect(record!.event).toBe(`vtcode.${type}`);
        expect(record!.body).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(Object.keys(record!.attributes).filter((name) => !KNOWN.has(name))).toEqual([]);
        expect(record!.attributes['log.record.uid']).toBe(event.id);
      }),
      { numRuns: 8 },
    );
  });

  it('has all of its microseconds', () => {
    const { tell } = createScript();
    const event = { ...tell({ type: 'session.created', data: { title: 'a' } }), at: '2026-01-02T03:04:05.000007Z' };
    expect(sent([event])[0]!.time).toBe(`${Date.parse('2026-01-02T03:04:05Z') / 1_000}000007000`);
  });

  it('of a deny is a warning, with what a rule looks for', () => {
    const { tell } = createScript();
    const data = {
      ...{ actionId: 'act_1' as never, request: 1, host: 'evil.example', port: 443, method: 'CONNECT', address: '' },
      ...{ decision: 'deny' as const, rule: 'network', why: `nobody named it ${KEY}` },
    };
    expect(sent([tell({ type: 'network.requested', data }, 'agent:m')])[0]).toMatchObject({
      severity: [13, 'medium'],
      attributes: {
        'server.address': 'evil.example',
        'server.port': 443,
        'vtcode.decision': 'deny',
        'vtcode.rules': ['network'],
        'vtcode.reason': 'nobody named it [redacted secret]',
      },
    });
  });

  it('is bounded, whatever an event holds', () => {
    const { tell } = createScript();
    const title = `${KEY}${'\u0000'.repeat(400_000)}${KEY}`;
    const event = tell({ type: 'session.created', data: { title } });
    const bytes = records.bytes([records.of(event)]);
    expect(bytes.byteLength).toBeLessThan(8 * LIMITS.siemTextChars.value);
    expect(Buffer.from(bytes).toString('utf8')).not.toContain(KEY);
  });

  it('has no two fields of one name', () => {
    const names = Object.values(FIELDS).map(({ otlp }) => otlp);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
