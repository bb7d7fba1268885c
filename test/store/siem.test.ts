/** Exports for collectors: each event of each type is one record of each form, right by its schema, and nothing in it makes a second. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedaction } from '../../server/store/redaction.ts';
import { FORMAT_NAMES, type Format, lineOf } from '../../server/store/siem/formats.ts';
import { FIELDS } from '../../server/store/siem/fields.ts';
import { CLASSES } from '../../server/store/siem/classes.ts';
import { ROWS } from '../../server/store/siem/reading.ts';
import { EVENT_DATA, type EventType, type SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { anyEvent, eventOf } from '../fixtures/any-event.ts';
import { createScript } from '../fixtures/events.ts';
import { ocsfProblems, type OcsfEvent } from '../fixtures/ocsf.ts';
import { parseCef } from '../fixtures/cef.ts';
import { ECS_FIELDS, ECS_TYPES, leaves } from '../fixtures/ecs.ts';

const KEY = 'held-9f1c7be2d04a55b1';
const redaction = createRedaction({ known: [KEY], home: '', root: '', host: '', user: '', keep: [] });
const EXPORTER = { redaction, version: '1.2.3', hostname: 'box', root: '/home/ann/work' };
const TYPES = Object.keys(EVENT_DATA) as EventType[]; // its keys are the types

const line = (format: Format, event: SessionEvent) => lineOf(format, event, EXPORTER);
const json = (format: Format, event: SessionEvent) => JSON.parse(line(format, event)) as Record<string, unknown>;

/** Every way in which a reader may take one line for two. */
const SPLITS = /[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]/;

describe('every form', () => {
  it.each(FORMAT_NAMES)('%s is one line, whatever an event holds', (format) => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const made = line(format, event);
        expect(made).not.toMatch(SPLITS);
        expect(made).not.toMatch(/\p{Cs}/u);
        if (format !== 'cef') expect(JSON.parse(made)).toBeTypeOf('object');
      }),
      { numRuns: 150 },
    );
  });

  it.each(FORMAT_NAMES)('%s masks a key that is held, and what looks like one', (format) => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { tell } = createScript();
    const event = tell({
      type: 'turn.failed',
      data: { code: 'auth', message: `refused ${KEY} and ${token}`, hint: KEY },
    });
    const made = line(format, event);
    expect(made).toContain('refused');
    expect(made).not.toContain(KEY);
    expect(made).not.toContain(token);
  });

  it.each(FORMAT_NAMES)('%s has no salt: what is masked cannot be tried against the hash', (format) => {
    const { tell } = createScript();
    const event = { ...tell({ type: 'session.created', data: { title: 'a' } }), salt: 'abcdef0123456789'.repeat(2) };
    expect(line(format, event)).not.toContain(event.salt);
  });
});

describe('JSON lines', () => {
  it('hold the event as it is but for its salt', () => {
    const { tell } = createScript();
    const event = tell({ type: 'session.created', data: { title: 'a\nb' } });
    const { salt: _, ...rest } = event;
    expect(json('jsonl', event)).toEqual(rest);
  });
});

describe('OCSF', () => {
  it.each(TYPES)('%s is right by its class', (type) => {
    fc.assert(
      fc.property(eventOf(type), (event) => {
        expect(ocsfProblems(json('ocsf', event) as OcsfEvent)).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it('takes each activity of a type from those that its row names', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const [name, ...activities] = ROWS[event.type].ocsf;
        const ids = activities.map((one) => (CLASSES[name].activities as Record<string, number>)[one]);
        expect(ids).toContain(json('ocsf', event)['activity_id']);
      }),
      { numRuns: 150 },
    );
  });

  it('says of a denied host who, where, why and by which rule', () => {
    expect(json('ocsf', refused())).toMatchObject({
      class_uid: 4001,
      activity_name: 'Refuse',
      type_uid: 400105,
      time: Date.parse('2026-01-02T03:04:01Z'),
      severity_id: 3,
      action_id: 2,
      disposition_id: 2,
      policy: { name: 'network' },
      status_detail: 'nobody named it',
      dst_endpoint: { hostname: 'evil.example', port: 443 },
      actor: { app_name: 'vtcode', app_uid: 'agent:m' },
      metadata: { version: '1.6.0', event_code: 'network.requested', sequence: 1 },
    });
  });
});

describe('ECS', () => {
  it.each(TYPES)('%s uses names that ECS has, and its own below vtcode', (type) => {
    fc.assert(
      fc.property(eventOf(type), (event) => {
        const { vtcode: _, ...made } = json('ecs', event);
        expect(leaves(made).filter((name) => !ECS_FIELDS.has(name))).toEqual([]);
        const { category, type: types } = made['event'] as { category: string[]; type: string[] };
        const [first] = category;
        expect(types.filter((one) => !ECS_TYPES[first!]?.includes(one))).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it('says of a changed file which, by whom, and with whole paths', () => {
    const { tell } = createScript();
    const event = tell(created('src/a.ts'), 'user:ann/4f2a');
    expect(json('ecs', event)).toMatchObject({
      '@timestamp': '2026-01-02T03:04:01.000000Z',
      ecs: { version: '9.4.0' },
      event: { kind: 'event', category: ['file'], type: ['creation'], action: 'file.changed', outcome: 'success' },
      file: { path: '/home/ann/work/src/a.ts', hash: { sha256: 'a'.repeat(64) }, size: 9 },
      user: { name: 'ann' },
      vtcode: { actor: 'user:ann/4f2a', data: { path: 'src/a.ts' } },
    });
  });

  it('leaves out what would be cut, and says how much it was', () => {
    const { tell } = createScript();
    const text = 'x'.repeat(LIMITS.siemDataBytes.value);
    const event = tell({
      type: 'tool.answered',
      data: { callId: 'call_1' as never, isError: false, content: text, truncated: false },
    });
    const { vtcode } = json('ecs', event) as { vtcode: Record<string, unknown> };
    expect(vtcode['data']).toBeUndefined();
    expect(vtcode['data_left_out_bytes']).toBeGreaterThan(LIMITS.siemDataBytes.value);
  });
});

describe('CEF', () => {
  it('reads back as what was meant, whatever an event holds', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { header, extension } = parseCef(line('cef', event));
        expect(header.slice(0, 5)).toEqual(['CEF:0', 'vtcode', 'vtcode', '1.2.3', event.type]);
        expect(header).toHaveLength(7);
        expect(extension.get('externalId')).toEqual([event.id]);
        expect(extension.get('suser')).toEqual([event.actor]);
        const twice = [...extension].filter(([, values]) => values.length > 1).map(([key]) => key);
        expect(twice).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('cannot be made to say another decision by what it tells of', () => {
    const { tell } = createScript();
    const reason = 'no\n{"allow":"all"} act=allow|x\\ act=allow';
    const event = tell({ type: 'action.denied', data: { actionId: 'act_1' as never, by: 'policy', message: reason } });
    const { extension } = parseCef(line('cef', event));
    expect(extension.get('act')).toEqual(['deny']);
    expect(extension.get('reason')).toEqual(['policy: no {"allow":"all"} act=allow|x\\ act=allow']);
  });

  it('says of a denied host what a rule looks for', () => {
    expect(line('cef', refused())).toMatch(
      /^CEF:0\|vtcode\|vtcode\|1\.2\.3\|network\.requested\|Host requested\|5\|rt=\d{13} externalId=evt_\w+ /,
    );
    const { extension } = parseCef(line('cef', refused()));
    const wanted = { act: 'deny', dhost: 'evil.example', dpt: '443', cs3: 'network', cs3Label: 'rules', cn1: '1' };
    expect(Object.fromEntries([...extension].map(([key, [value]]) => [key, value]))).toMatchObject(wanted);
  });
});

describe('Splunk', () => {
  it('wraps the event for the HTTP event collector', () => {
    expect(json('splunk', refused())).toMatchObject({
      time: 1_767_323_041,
      host: 'box',
      source: 'vtcode',
      sourcetype: 'vtcode:audit',
      event: { type: 'network.requested', data: { host: 'evil.example' } },
      fields: { decision: 'deny', type: 'network.requested', severity: 'medium' },
    });
  });

  it('has only flat fields to index', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { fields } = json('splunk', event) as { fields: Record<string, unknown> };
        expect(Object.values(fields).filter((value) => typeof value !== 'string')).toEqual([]);
      }),
    );
  });
});

describe('the tables', () => {
  it('give no two fields the same name', () => {
    for (const form of ['ecs', 'cef'] as const) {
      const names = Object.values(FIELDS).flatMap((field) => (field[form] === '' ? [] : [field[form]]));
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    }
  });
});

function refused(): SessionEvent {
  const { tell } = createScript();
  const data = {
    ...{ actionId: 'act_1' as never, request: 1, host: 'evil.example', port: 443, method: 'CONNECT', address: '' },
    ...{ decision: 'deny' as const, rule: 'network', why: 'nobody named it' },
  };
  return tell({ type: 'network.requested', data }, 'agent:m');
}

function created(path: string) {
  const after = { state: 'file' as const, sha256: 'a'.repeat(64), size: 9, mode: 0o644 };
  const data = { actionId: 'act_1' as never, op: 'create' as const, path, from: path, added: 1, removed: 0 };
  return { type: 'file.changed' as const, data: { ...data, before: { state: 'absent' as const }, after } };
}
