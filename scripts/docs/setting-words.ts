/** What each setting does and what holds without it: the part of docs/configuration.md that no schema can tell. */

interface Words {
  does: string;
  /** What holds where no file says anything. */
  without: string;
}

/** By the key as it stands in `config.toml` and `vtcode.toml`; NAME and TOOL stand for what the person writes. */
export const SETTING_WORDS: Record<string, Words> = {
  'agent.model': {
    does: 'The model to start with, as `PROVIDER/MODEL` or a model’s name. A workspace may wish for one that your config offers.',
    without: 'the first that a provider offers',
  },
  'agent.mode': {
    does: 'The mode to start in. A workspace can only make it stricter; the organisation’s is the loosest that may be chosen.',
    without: '`ask`',
  },
  'agent.max_tool_calls': { does: 'Tool calls in one turn, after which it ends with a note.', without: '200' },
  'agent.instructions': {
    does: 'Files below the workspace that the agent is given as instructions, each once it is trusted.',
    without: '`AGENTS.md` and its kin',
  },
  'tools.default_policy': {
    does: 'The decision for tools that no rule names. Reads and questions it can only make stricter; a `deny` of it no mode lifts.',
    without: 'what the mode says',
  },
  'tools.policies.TOOL': { does: 'The decision for one tool, in every mode.', without: 'none' },
  'commands.allow_list': {
    does: 'Patterns of commands that run without a question, as `npm test`: words, `*` for one, `**` for the rest. See [policy.md](policy.md).',
    without: 'none',
  },
  'commands.deny_list': { does: 'Patterns of commands that never run.', without: 'none' },
  'security.human_in_the_loop': {
    does: 'With `true`, nothing changes the workspace without a person’s allow, whatever the mode. `false` in a workspace changes nothing.',
    without: '`false`',
  },
  'security.sensitive_paths': {
    does: 'Patterns of files that the agent may not read without a question, besides the built-in ones.',
    without: 'none',
  },
  'security.protected_paths': {
    does: 'Patterns of files that the agent may not write, besides the built-in ones.',
    without: 'none',
  },
  'audit.keep_sessions_days': {
    does: 'Sessions at rest that nobody touched for so many days are deleted, but for the pinned ones; their tombstones stay. See [audit.md](audit.md). The organisation’s word goes before yours.',
    without: 'they are kept',
  },
  'audit.otlp.endpoint': {
    does: 'Where a collector takes logs by OTLP over HTTP, the whole address: `https://collector.example.org/v1/logs`. Records are sent there from then on. Plain `http:` only to this machine. See [siem.md](siem.md).',
    without: 'nothing is sent anywhere',
  },
  'audit.otlp.headers.HEADER': {
    does: 'A header of these requests that holds no secret.',
    without: 'none',
  },
  'audit.otlp.headers_env.HEADER': {
    does: 'The environment variable that holds the value of a header, whole: `Bearer …`.',
    without: 'none',
  },
  'audit.otlp.headers_command.HEADER': {
    does: 'The command that prints the value of a header: an absolute path and its arguments.',
    without: 'none',
  },
  'sandbox.network': {
    does: 'What commands reach: `none`, `proxy` (named hosts through our proxy; others ask), or `host` (the machine’s own network; then each command of the agent asks, whatever the mode and whatever was allowed before).',
    without: '`none`, or `proxy` where hosts are named',
  },
  'sandbox.hosts': {
    does: 'Hosts that commands reach without a question where the network is `proxy`: `example.org`, `*.example.org` (all below it), `example.org:8080`; ports 80 and 443 where none is named. In a workspace it narrows yours.',
    without: 'none: each host asks',
  },
  'sandbox.git': {
    does: 'What `run_command` may do in `.git`: `readonly`, or `guarded` (write it but for what git would execute). `guarded` asks for each command.',
    without: '`readonly`',
  },
  'sandbox.read_roots': {
    does: 'Folders outside the workspace that commands may read, as absolute paths. None may hold your home. In a workspace it narrows yours.',
    without: 'none',
  },
  'sandbox.limits.pids': { does: 'Processes and threads of one command.', without: '512' },
  'sandbox.limits.nofile': { does: 'Open files of one process.', without: '4096' },
  'sandbox.limits.file_bytes': { does: 'The largest file that a command may write.', without: '4 GiB' },
  'sandbox.limits.data_bytes': { does: 'Private memory of one process.', without: '8 GiB' },
  'sandbox.limits.wall_ms': {
    does: 'How long a command may run, in the background as well; the agent cannot ask for longer.',
    without: '10 min, or what the agent asks for up to 1 h; in the background 12 h',
  },
  'sandbox.limits.output_bytes': { does: 'What a command may print before it is stopped.', without: '256 MiB' },
  'providers.NAME.kind': { does: 'Which wire format it speaks.', without: 'required' },
  'providers.NAME.base_url': { does: 'Where it is.', without: 'the address of the company behind the kind' },
  'providers.NAME.api_key_env': { does: 'The environment variable that holds its key.', without: 'no key' },
  'providers.NAME.api_key_command': {
    does: 'The command that prints its key: an absolute path and its arguments. Not together with `api_key_env`.',
    without: 'no key',
  },
  'providers.NAME.models': { does: 'The models to offer.', without: 'those it lists itself' },
};

/** `tool-policy.json` */
export const POLICY_WORDS: Record<string, Words> = {
  $schema: { does: 'For your editor; it is not read.', without: 'nothing' },
  version: { does: 'The form of the file.', without: 'required' },
  requireExplicit: {
    does: 'In the organisation’s file alone. With `true`, nothing changes a workspace without a person’s allow, in any mode.',
    without: '`false`',
  },
  'constraints.TOOL.maxBytes': {
    does: 'The largest file that the tool may read or write.',
    without: 'no bound but our own',
  },
  'constraints.TOOL.hosts': {
    does: 'The hosts that it may reach, and no others.',
    without: 'those of the network mode',
  },
  'constraints.TOOL.paths': {
    does: 'Globs of the paths that it may be used for, and no others.',
    without: 'all of the workspace',
  },
  commands: { does: 'Rules for commands, as [policy.md](policy.md) tells.', without: 'none' },
  'policies.TOOL': { does: 'The decision for one tool, in every mode; as `tools.policies` does.', without: 'none' },
};
