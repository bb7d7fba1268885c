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
  'policies.TOOL': { does: 'The decision for one tool, in every mode; as `tools.policies` does.', without: 'none' },
};
