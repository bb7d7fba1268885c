/** The commands that there are: what each takes, in words. Help, the docs and the reading of flags all come from here. */

export interface FlagSpec {
  /** Without dashes. */
  name: string;
  /** The name of its value; empty for a flag that takes none. */
  value: string;
  help: string;
}

export interface CommandSpec {
  /** One word, or two: `sessions list`. */
  name: string;
  /** Arguments that are not flags, in their order; those in brackets may be left out, and one with `…` takes all the rest. */
  args: readonly string[];
  summary: string;
  flags: readonly FlagSpec[];
}

const flag = (name: string, value: string, help: string): FlagSpec => ({ name, value, help });

const DIR = flag('dir', 'DIR', 'The workspace; without it, the directory you are in');
const JSON_LINE = flag('json', '', 'Print for programs: one line of JSON');
const YES = flag('yes', '', 'Do not ask');

export const COMMANDS = [
  {
    name: 'serve',
    args: ['[DIR]'],
    summary: 'Serve a workspace: print a one-time link and open the page',
    flags: [
      flag('port', 'N', 'The port; 0 for any free one. Without it, 4747 or the next free one'),
      flag('host', 'ADDR', 'The address to listen on; without it, 127.0.0.1'),
      flag('allow-remote', '', 'Let --host be an address that other machines can reach'),
      flag('mode', 'MODE', 'plan, ask, auto-edit or contained: what runs without a question'),
      flag(
        'share-listen',
        'ADDR:PORT',
        'Where what you share is served, read-only, over plain HTTP; without it, on 127.0.0.1, once something is shared',
      ),
      flag('no-open', '', 'Print the link, and open no browser'),
      flag('demo', '', 'Play the scripted tour of this workspace; needs no model'),
      flag('script', 'FILE', 'Play a recorded list of turns in place of a model'),
      JSON_LINE,
    ],
  },
  {
    name: 'exec',
    args: ['MESSAGE'],
    summary:
      'Take one turn without a page: the answer on stdout; what would need a person is denied, and the exit code is 3',
    flags: [
      flag('session', 'ID', 'Go on with this session; without it, a new one'),
      flag('continue', '', 'Go on with the session that was touched last'),
      flag('mode', 'MODE', 'plan, ask, auto-edit or contained: what runs without a question'),
      flag('model', 'MODEL', 'The model, as the page names it; without it, as the settings say'),
      flag('timeout', 'S', 'End the turn after so many seconds; the exit code is then 1'),
      flag('tool-output', '', 'Print what tools answered, too, in its order'),
      flag('events', 'FILE', 'Write each event to this file as well, a line of JSON each'),
      flag('demo', '', 'Play the scripted tour of this workspace; needs no model'),
      flag('script', 'FILE', 'Play a recorded list of turns in place of a model'),
      DIR,
      flag('json', '', 'Print each event that is recorded as a line of JSON, in place of the answer'),
    ],
  },
  {
    name: 'link',
    args: ['[DIR]'],
    summary: 'Print another one-time link to the server that runs on a workspace',
    flags: [],
  },
  {
    name: 'trust',
    args: ['[DIR]'],
    summary: 'List what a workspace could run or say to the agent, and trust it',
    flags: [YES, flag('status', '', 'Say whether it is trusted, and for which files; change nothing'), JSON_LINE],
  },
  { name: 'untrust', args: ['[DIR]'], summary: 'Take trust away', flags: [] },
  {
    name: 'sessions list',
    args: [],
    summary: 'List the sessions of a workspace: the pinned ones, then the newest',
    flags: [DIR, flag('archived', '', 'Those that were archived, in place of the others'), JSON_LINE],
  },
  {
    name: 'sessions search',
    args: ['QUERY'],
    summary: 'Find the sessions that hold all words of a query, in what was said, run or answered',
    flags: [DIR, JSON_LINE],
  },
  {
    name: 'sessions show',
    args: ['ID'],
    summary: 'Show what a session is and what it changed',
    flags: [DIR, JSON_LINE],
  },
  {
    name: 'sessions export',
    args: ['ID'],
    summary: 'Print a session whole, with a signed receipt at its end',
    flags: [
      DIR,
      flag('format', 'FORMAT', 'md, which it is without; json; or html: one file to be read, that needs no network'),
      flag('redact', '', 'Mask secrets, addresses, home directories and hosts, and say what was masked'),
      flag('full', '', 'Carry the bytes of changed files too; with md or json, and not redacted'),
    ],
  },
  {
    name: 'sessions import',
    args: ['FILE'],
    summary: 'Take in a session that was exported elsewhere, as a new session: history, with no say over anything',
    flags: [DIR],
  },
  {
    name: 'sessions rebuild',
    args: [],
    summary: 'Make the database anew from the files of records beside it; the old one is kept',
    flags: [DIR, JSON_LINE],
  },
  {
    name: 'sessions delete',
    args: ['ID'],
    summary: 'Remove what a session holds, for good; its events stay in the chain as tombstones',
    flags: [DIR, YES],
  },
  {
    name: 'audit verify',
    args: [],
    summary: 'Check that the records are whole: every chain, every signed head. Exit code 1 where they are not',
    flags: [
      flag('receipt', 'FILE', 'Check an export, or its receipt alone, in place of the records'),
      DIR,
      flag('key', 'FILE', 'Check signatures with this public key, in place of your own'),
      JSON_LINE,
    ],
  },
  {
    name: 'audit export',
    args: [],
    summary: 'Print the records for a collector, an event a line, with secrets masked',
    flags: [
      DIR,
      flag('format', 'FORMAT', 'jsonl, which it is without; ecs, ocsf, cef or splunk'),
      flag('since', 'TIME', 'Only what happened since then: 2026-01-31T09:00:00Z, or 90s, 15m, 2h, 7d ago'),
      flag('follow', '', 'Go on with what is recorded from now on, until it is stopped'),
    ],
  },
  {
    name: 'audit key',
    args: [],
    summary: 'Print the public key that the records are signed with',
    flags: [],
  },
  {
    name: 'purge',
    args: ['[DIR]'],
    summary: 'Remove all that is kept of a workspace: sessions, records, trust',
    flags: [YES],
  },
  {
    name: 'sandbox status',
    args: [],
    summary: 'Try the sandbox, and tell what is in force and what is missing',
    flags: [DIR, JSON_LINE],
  },
  {
    name: 'sandbox run',
    args: ['CMD…'],
    summary: "Run a command confined as the agent's are; write -- before it",
    flags: [
      DIR,
      flag('read-only', '', 'Let it write nowhere in the workspace'),
      flag('git', 'MODE', "readonly, which it is without; or guarded: git's folder may be written but for what runs"),
      flag(
        'network',
        'MODE',
        'none, which it is without; proxy: named hosts, others are asked for on the terminal, where what CMD prints then stands behind a bar and CMD has no keyboard; or host: the network of this machine',
      ),
      flag(
        'hosts',
        'LIST',
        'With --network proxy: hosts it may reach besides those of the settings, parted by commas; for others nobody is asked, and CMD has the terminal to itself',
      ),
    ],
  },
  {
    name: 'policy check',
    args: ['[ARGV…]'],
    summary: 'Tell what the policy says of one thing, and every rule that spoke; write -- before a command',
    flags: [
      DIR,
      flag('mode', 'MODE', 'plan, ask, auto-edit or contained; without it, as the settings say'),
      flag('script', 'SCRIPT', 'A script, as bash would read it, in place of a command'),
      flag('tool', 'NAME', "One of the agent's tools, with --args"),
      flag('args', 'JSON', 'What the tool is called with'),
      flag(
        'stdin',
        '',
        'Judge each line of the input, in order: {"script"}, {"argv"} or {"tool", "args"}, with a "cwd" if need be',
      ),
      JSON_LINE,
    ],
  },
  {
    name: 'policy simulate',
    args: [],
    summary:
      'Tell what another tool-policy.json, in place of your own, would have decided otherwise of what was recorded',
    flags: [
      DIR,
      flag('against', 'FILE', 'The tool-policy.json to try'),
      flag('session', 'ID', 'Over one session'),
      flag('all', '', 'Over all sessions'),
      JSON_LINE,
    ],
  },
  {
    name: 'grants list',
    args: [],
    summary: 'List the standing rules: what each lets run, where, until when, its last use',
    flags: [DIR, flag('all', '', 'Those that ended too'), JSON_LINE],
  },
  {
    name: 'grants revoke',
    args: ['ID'],
    summary: 'Take a standing rule away',
    flags: [DIR],
  },
  {
    name: 'share list',
    args: [],
    summary: 'List what was shared: whether the link still opens, until when, how often it was opened',
    flags: [DIR, JSON_LINE],
  },
  {
    name: 'share revoke',
    args: ['ID'],
    summary: 'Take a share back: its link opens nothing more, and who looks at it is cut off',
    flags: [DIR],
  },
  {
    name: 'policy test',
    args: ['[FILE…]'],
    summary: 'Try the examples of every rule: of those in force, or of these tool-policy.json files',
    flags: [DIR],
  },
  {
    name: 'doctor',
    args: ['[DIR]'],
    summary: 'Tell on one screen what works here, and how to mend what does not',
    flags: [JSON_LINE],
  },
  {
    name: 'config explain',
    args: ['[KEY]'],
    summary: 'Print every setting with its value and the place it comes from',
    flags: [DIR, JSON_LINE],
  },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];
