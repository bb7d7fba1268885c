/** What an event says that other systems have a name for: our fields, and what each is called in ECS, OCSF, CEF and OTLP. */

export type Value = string | number | readonly string[];

interface FieldSpec {
  says: string;
  /** Where it goes in an ECS document; below `vtcode.` where ECS has no field for it. */
  ecs: string;
  /** Where it goes in an OCSF event of a class that has the attribute; in others, and where empty, it goes to `unmapped`. */
  ocsf: string;
  /** Its key in the extension of a CEF record; empty where CEF has none left. */
  cef: string;
  /** The name of its attribute in an OTLP log record: of the OpenTelemetry semantic conventions, else below `vtcode.`. */
  otlp: string;
}

const field = (says: string, ecs: string, [ocsf, cef, otlp]: [ocsf: string, cef: string, otlp: string]): FieldSpec => ({
  says,
  ecs,
  ocsf,
  cef,
  otlp,
});

/** Where OTLP has the message: no attribute. */
export const BODY = 'the body';

export const FIELDS = {
  message: field('the event in one line', 'message', ['message', 'msg', BODY]),
  reason: field('why it was decided so, or why it failed', 'event.reason', [
    'status_detail',
    'reason',
    'vtcode.reason',
  ]),
  decision: field('allow, prompt or deny', 'vtcode.decision', ['action_id, disposition_id', 'act', 'vtcode.decision']),
  outcome: field('success or failure', 'event.outcome', ['status_id', 'outcome', 'vtcode.outcome']),
  rules: field('the rules that spoke', 'vtcode.rules', ['policy.name', 'cs3', 'vtcode.rules']),
  actionId: field('the action it is about', 'vtcode.action_id', ['', 'cs4', 'vtcode.action_id']),
  digest: field('SHA-256 of that action', 'vtcode.action_digest', ['', '', 'vtcode.action_digest']),
  tool: field('the tool or the kind of what is done', 'gen_ai.tool.name', [
    'api.operation',
    'flexString2',
    'gen_ai.tool.name',
  ]),
  filePath: field('the file', 'file.path', ['file.path', 'filePath', 'file.path']),
  fileFrom: field('where it was before it was moved', 'vtcode.file_from', ['', 'oldFilePath', 'vtcode.file_from']),
  fileHash: field('SHA-256 of its bytes afterwards', 'file.hash.sha256', [
    'file.hashes',
    'fileHash',
    'vtcode.file_sha256',
  ]),
  fileSize: field('its bytes afterwards', 'file.size', ['file.size', 'fsize', 'file.size']),
  commandLine: field('the command, as one line', 'process.command_line', [
    'process.cmd_line',
    'cs6',
    'process.command_line',
  ]),
  args: field('its words', 'process.args', ['', '', 'process.command_args']),
  cwd: field('where it ran', 'process.working_directory', ['', '', 'process.working_directory']),
  exitCode: field('how it ended', 'process.exit_code', ['exit_code', 'cn2', 'process.exit.code']),
  signal: field('the signal that ended it', 'vtcode.signal', ['', '', 'vtcode.signal']),
  sandbox: field('the tier of the sandbox that held it', 'vtcode.sandbox.tier', ['', '', 'vtcode.sandbox.tier']),
  sandboxPolicy: field('SHA-256 of the policy of that sandbox', 'vtcode.sandbox.policy', [
    '',
    '',
    'vtcode.sandbox.policy',
  ]),
  durationMs: field('milliseconds it took; in ECS nanoseconds', 'event.duration', [
    'duration',
    'cn3',
    'vtcode.duration_ms',
  ]),
  host: field('the host that was asked for', 'destination.domain', [
    'dst_endpoint.hostname',
    'dhost',
    'server.address',
  ]),
  address: field('its address', 'destination.ip', ['dst_endpoint.ip', 'dst', 'network.peer.address']),
  port: field('its port', 'destination.port', ['dst_endpoint.port', 'dpt', 'server.port']),
  method: field('the method of the request', 'http.request.method', ['', 'requestMethod', 'http.request.method']),
  bytesUp: field('bytes that went there', 'source.bytes', ['traffic.bytes_out', 'out', 'vtcode.bytes_up']),
  bytesDown: field('bytes that came back', 'destination.bytes', ['traffic.bytes_in', 'in', 'vtcode.bytes_down']),
  provider: field('who runs the model', 'gen_ai.system', ['', '', 'gen_ai.provider.name']),
  model: field('the model', 'gen_ai.request.model', ['', 'flexString1', 'gen_ai.request.model']),
  inputTokens: field('tokens that were read', 'gen_ai.usage.input_tokens', ['', '', 'gen_ai.usage.input_tokens']),
  outputTokens: field('tokens that were written', 'gen_ai.usage.output_tokens', ['', '', 'gen_ai.usage.output_tokens']),
} as const satisfies Record<string, FieldSpec>;

export type Field = keyof typeof FIELDS;

/** Of one event: only what it says; never an empty text. */
export type Facts = Partial<Record<Field, Value>>;

/** What every event has, whatever its type. The first column is ours. */
export const ENVELOPE: readonly (readonly [ours: string, ecs: string, ocsf: string, cef: string, otlp: string])[] = [
  ['seq', 'event.sequence', 'metadata.sequence', 'cn1', 'vtcode.seq'],
  ['id', 'event.id', 'metadata.uid', 'externalId', 'log.record.uid'],
  ['at', '@timestamp', 'time (milliseconds), metadata.original_time', 'rt (milliseconds)', 'timeUnixNano, vtcode.at'],
  ['type', 'event.action', 'metadata.event_code', 'the signature id of the header', 'the event name, below `vtcode.`'],
  ['chain', 'vtcode.chain', 'unmapped.chain', 'cs1', 'vtcode.chain; session.id of a session'],
  ['chainSeq', 'vtcode.chain_seq', 'unmapped.chain_seq', '', 'vtcode.chain_seq'],
  ['turn', 'vtcode.turn', 'metadata.correlation_uid', 'cs2', 'vtcode.turn'],
  [
    'actor',
    'vtcode.actor; user.name of a person',
    'actor.user.name of a person, else actor.app_uid',
    'suser',
    'vtcode.actor; user.name of a person',
  ],
  ['hash', 'event.hash', 'unmapped.hash', 'cs5', 'vtcode.hash'],
  ['prev', 'vtcode.prev', 'unmapped.prev', '', 'vtcode.prev'],
  ['data', 'vtcode.data', 'raw_data, as JSON', '', 'vtcode.data, as JSON'],
];

/** CEF's own fields for what it has no name for, each with the name that we give it. */
export const CEF_LABELS: Readonly<Record<string, string>> = {
  cs1: 'session',
  cs2: 'turn',
  cs3: 'rules',
  cs4: 'action',
  cs5: 'hash',
  cs6: 'commandLine',
  cn1: 'seq',
  cn2: 'exitCode',
  cn3: 'durationMs',
  flexString1: 'model',
  flexString2: 'tool',
};
