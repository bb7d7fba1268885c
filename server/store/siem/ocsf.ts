/** An event as one of the Open Cybersecurity Schema Framework. */
import { posix } from 'node:path';
import { boundedData } from './bounded.ts';
import { CATEGORIES, CLASSES, OCSF_VERSION } from './classes.ts';
import { type Facts, type Field, FIELDS } from './fields.ts';
import { jsonLine } from './json-line.ts';
import { nested } from './nested.ts';
import { type Origin, personOf, type Reading } from './reading.ts';
import { NUMBERS } from './severity.ts';

type Pair = readonly [path: string, value: unknown];

export function toOcsf(reading: Reading, origin: Origin): string {
  const { event, activity, severity, facts } = reading;
  const { uid, category, caption, activities } = CLASSES[reading.row.ocsf[0]];
  const activityId = (activities as Readonly<Record<string, number>>)[activity]!; // a row names those of its class
  const data = boundedData(event.data);
  return jsonLine(
    nested([
      ['activity_id', activityId],
      ['activity_name', activity],
      ['category_uid', category],
      ['category_name', CATEGORIES[category]],
      ['class_uid', uid],
      ['class_name', caption],
      ['type_uid', uid * 100 + activityId],
      ['type_name', `${caption}: ${activity}`],
      ['severity_id', NUMBERS[severity].ocsf],
      ['severity', NUMBERS[severity].caption],
      ['time', Date.parse(event.at)],
      ['message', facts.message],
      ...metadata(reading, origin),
      ...actor(reading),
      ['device.hostname', origin.hostname],
      ['device.type_id', 0],
      ...control(facts),
      ...required(reading, origin),
      ...filled(reading),
      ...(data.fits ? [['raw_data', data.json] as const] : [['unmapped.data_left_out_bytes', data.bytes] as const]),
    ]),
  );
}

const decided = ({ decision }: Facts) => decision !== undefined;

function metadata({ event, facts }: Reading, { version, root }: Origin): Pair[] {
  return [
    ['metadata.version', OCSF_VERSION],
    ['metadata.product', { name: 'vtcode', vendor_name: 'vtcode', version }],
    ['metadata.profiles', decided(facts) ? ['host', 'security_control'] : ['host']],
    ['metadata.uid', event.id],
    ['metadata.sequence', event.seq],
    ['metadata.event_code', event.type],
    ['metadata.original_time', event.at],
    ['metadata.log_name', 'audit'],
    ...(event.turn === null ? [] : [['metadata.correlation_uid', event.turn] as const]),
    ['unmapped.workspace', root],
    ['unmapped.chain', event.chain],
    ['unmapped.chain_seq', event.chainSeq],
    ['unmapped.actor', event.actor],
    ['unmapped.hash', event.hash],
    ['unmapped.prev', event.prev],
  ];
}

function actor({ event }: Reading): Pair[] {
  const person = personOf(event);
  const app = ['actor.app_name', 'vtcode'] as const;
  if (person === null) return [app, ['actor.app_uid', event.actor]];
  return [app, ['actor.user.name', person.user], ['actor.session.uid', person.login]];
}

const ACTIONS = { allow: [1, 'Allowed'], deny: [2, 'Denied'], prompt: [0, 'Unknown'] } as const;
const DISPOSITIONS = { allow: [1, 'Allowed'], deny: [2, 'Blocked'], prompt: [99, 'Waits for a person'] } as const;

/** The profile of security controls: what was decided, and by which rules. And how it ended. */
function control({ decision, outcome, rules, reason }: Facts): Pair[] {
  const known = decision === 'allow' || decision === 'deny' || decision === 'prompt' ? decision : null;
  return [
    ...(known === null
      ? []
      : ([
          ['action_id', ACTIONS[known][0]],
          ['action', ACTIONS[known][1]],
          ['disposition_id', DISPOSITIONS[known][0]],
          ['disposition', DISPOSITIONS[known][1]],
        ] as const)),
    ...(Array.isArray(rules) ? [['policy.name', rules.join(' ')] as const] : []),
    ['status_id', outcome === 'success' ? 1 : outcome === 'failure' ? 2 : 0],
    ...(reason === undefined ? [] : [['status_detail', reason] as const]),
  ];
}

/** What a class asks for, whatever the event says. */
function required({ event, row, facts }: Reading, { root, version }: Origin): Pair[] {
  switch (row.ocsf[0]) {
    case 'file':
      return [
        ['file.name', posix.basename(String(facts.filePath))],
        ['file.path', posix.resolve(root, String(facts.filePath))],
        ['file.type_id', 1],
        ...(facts.fileHash === undefined
          ? []
          : [['file.hashes', [{ algorithm_id: 3, algorithm: 'SHA-256', value: facts.fileHash }]] as const]),
      ];
    case 'process':
      return [
        ['process.uid', String(facts.actionId ?? ('terminalId' in event.data ? event.data.terminalId : event.id))],
      ];
    case 'network':
      return [['dst_endpoint.svc_name', 'requested by a command']];
    case 'application':
      return [['app', { name: 'vtcode', vendor_name: 'vtcode', version }]];
    case 'api':
      return [
        ['api.operation', facts.tool ?? event.type],
        ['api.service.name', 'vtcode'],
        ['src_endpoint.svc_name', 'vtcode'],
      ];
  }
}

const ELSEWHERE: readonly Field[] = ['message', 'reason', 'decision', 'outcome', 'rules', 'filePath', 'fileHash'];
/** Attributes that every class has. */
const EVERYWHERE: readonly string[] = ['duration'];

function filled({ row, facts }: Reading): Pair[] {
  const attributes: readonly string[] = [...CLASSES[row.ocsf[0]].attributes, ...EVERYWHERE];
  return Object.entries(facts).flatMap(([name, value]): Pair[] => {
    const { ocsf } = FIELDS[name as Field]; // its keys are fields
    const hasIt = ocsf !== '' && attributes.includes(ocsf.split('.')[0]!);
    if (!hasIt && (name === 'filePath' || name === 'fileHash')) return [[`unmapped.${snake(name)}`, value]];
    if (ELSEWHERE.includes(name as Field)) return [];
    return [[hasIt ? ocsf : `unmapped.${snake(name)}`, value]];
  });
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
