/** An event as a document of the Elastic Common Schema. */
import { posix } from 'node:path';
import { type Facts, type Field, FIELDS } from './fields.ts';
import { jsonLine } from './json-line.ts';
import { nested } from './nested.ts';
import { type Origin, personOf, type Reading } from './reading.ts';
import { boundedData } from './bounded.ts';
import type { EcsType } from './row.ts';
import { NUMBERS } from './severity.ts';

/** The version whose field names these are: https://www.elastic.co/docs/reference/ecs */
export const ECS_VERSION = '9.4.0';

export function toEcs(reading: Reading, origin: Origin): string {
  const { event, row, facts, severity } = reading;
  const person = personOf(event);
  const [category, type] = row.ecs;
  const kind = category === 'file' ? (FILE_TYPES[reading.activity] ?? type) : type;
  const types = [kind, ...typesOf(facts)];
  return jsonLine(
    nested([
      ['@timestamp', event.at],
      ['ecs.version', ECS_VERSION],
      ['event.kind', 'event'],
      ['event.category', [category]],
      ['event.type', types],
      ['event.action', event.type],
      ['event.id', event.id],
      ['event.sequence', event.seq],
      ['event.hash', event.hash],
      ['event.severity', NUMBERS[severity].cef],
      ['event.provider', 'vtcode'],
      ['event.module', 'vtcode'],
      ['event.dataset', 'vtcode.audit'],
      ['host.hostname', origin.hostname],
      ['service.name', 'vtcode'],
      ['service.version', origin.version],
      ...(person === null ? [] : [['user.name', person.user] as const]),
      ...fields(facts, origin),
      ...own(reading, origin),
    ]),
  );
}

const FILE_TYPES: Readonly<Record<string, EcsType>> = { Create: 'creation', Delete: 'deletion' };

const typesOf = ({ decision }: Facts) => (decision === 'allow' ? ['allowed'] : decision === 'deny' ? ['denied'] : []);

/** Paths are whole in ECS, and durations in nanoseconds. */
function fields(facts: Facts, { root }: Origin): (readonly [string, unknown])[] {
  return Object.entries(facts).map(([name, value]) => {
    const { ecs } = FIELDS[name as Field]; // its keys are fields
    if (name === 'durationMs') return [ecs, Number(value) * 1_000_000];
    if (name === 'filePath' || name === 'cwd') return [ecs, posix.resolve(root, String(value))];
    return [ecs, value];
  });
}

function own({ event }: Reading, { root }: Origin): (readonly [string, unknown])[] {
  const { chain, chainSeq, turn, actor, prev } = event;
  const data = boundedData(event.data);
  return [
    ['vtcode.workspace', root],
    ['vtcode.chain', chain],
    ['vtcode.chain_seq', chainSeq],
    ...(turn === null ? [] : [['vtcode.turn', turn] as const]),
    ['vtcode.actor', actor],
    ['vtcode.prev', prev],
    data.fits ? ['vtcode.data', event.data] : ['vtcode.data_left_out_bytes', data.bytes],
  ];
}
