/** Every bound of the program: its value, its unit, and why it is what it is. */

interface Limit {
  readonly value: number;
  readonly unit: 'ms' | 'bytes' | 'count' | 'lines' | 'chars' | 'depth';
  readonly why: string;
}

const limit = (value: number, unit: Limit['unit'], why: string): Limit => ({ value, unit, why });

const KiB = 1024;
const MiB = 1024 * KiB;
const minute = 60_000;

export const LIMITS = {
  // --- the server's door
  loginCodeMs: limit(60_000, 'ms', 'a link that lies in a scroll-back or a chat must be dead soon'),
  loginCodes: limit(32, 'count', 'one-time codes that may wait to be used; the oldest gives way'),
  logins: limit(64, 'count', 'logins at once; a browser has one, and the oldest gives way'),
  loginBodyBytes: limit(4 * KiB, 'bytes', 'all that is read from who has not come in yet'),
  loginFailures: limit(20, 'count', 'wrong codes or tokens a minute before the answer is 429'),
  loginWindowMs: limit(minute, 'ms', 'the window in which failures are counted'),
  requestBodyBytes: limit(4 * MiB, 'bytes', 'the largest message with its attachments; more is 413'),
  requestHeadMs: limit(10_000, 'ms', 'a client that dribbles its headers is cut'),
  requestMs: limit(60_000, 'ms', 'a client that dribbles its body is cut'),
  requestHeadBytes: limit(16 * KiB, 'bytes', 'request line and headers; ours are under one'),
  idleSocketMs: limit(5_000, 'ms', 'a connection kept open without a request'),
  portTries: limit(50, 'count', 'ports that are tried, from the default up, to find a free one'),
  connections: limit(512, 'count', 'open sockets; the operating system gives us about a thousand'),
  jsonDepth: limit(64, 'depth', 'our deepest request is under ten; deeper is an attack'),
  // --- the stream
  heartbeatMs: limit(15_000, 'ms', 'proxies and port forwards drop a silent connection after 30 to 60 s'),
  subscribers: limit(100, 'count', 'streams at once; a browser uses one, whatever its number of tabs'),
  subscriberBytes: limit(4 * MiB, 'bytes', 'what may wait for a slow reader before it is evicted'),
  subscriberWarnBytes: limit(1 * MiB, 'bytes', 'what may wait before a slow reader is warned'),
  replayPage: limit(500, 'count', 'events read from the log at a time, so that a replay holds no thread'),
  replayBytes: limit(1 * MiB, 'bytes', 'what such a page may weigh before fewer events are read at a time'),
  replayStallMs: limit(30_000, 'ms', 'a reader that takes nothing of its replay for so long is let go'),
  snapshotEvents: limit(500, 'count', 'events in the first window of a session'),
  keptFolds: limit(
    4,
    'count',
    'sessions at rest whose messages are kept in memory, so that the next turn need not read the log',
  ),
  liveTextBytes: limit(2 * MiB, 'bytes', 'text in flight that a late tab is told'),
  // --- a turn
  toolCallsPerTurn: limit(200, 'count', 'default of agent.max_tool_calls: long work passes, a loop ends'),
  parallelReads: limit(8, 'count', 'reads at once; more only waits for the disk'),
  stepsPerTurn: limit(200, 'count', 'model calls in one turn'),
  turnMs: limit(6 * 60 * minute, 'ms', 'a turn left alone over a working day ends, with a note'),
  queuedMessages: limit(20, 'count', 'messages that may wait while a turn runs'),
  runningTurns: limit(8, 'count', 'sessions that may work at once'),
  messageChars: limit(400_000, 'chars', 'about 100,000 tokens: half of a usual context'),
  toolArgsBytes: limit(2 * MiB, 'bytes', 'the longest tool call that is read; the rest of the stream is dropped'),
  toolCallsPerMessage: limit(64, 'count', 'tool calls in one answer of the model'),
  toolResultChars: limit(
    60_000,
    'chars',
    'about 15,000 tokens; longer results are cut with a note how to see the rest',
  ),
  assistantChars: limit(2_000_000, 'chars', 'one answer of the model; a stream that goes on is stopped'),
  answerBytes: limit(6 * MiB, 'bytes', 'what is kept of one answer, prose and calls, so that it fits one event'),
  answerStreamChars: limit(64 * MiB, 'chars', 'what is read of one answer, kept or not, before it is stopped'),
  malformedChars: limit(2_000, 'chars', 'what is kept of a tool call that could not be read, for the record'),
  outputTokens: limit(32_000, 'count', 'the longest answer that is asked of a model at once'),
  contextTokens: limit(200_000, 'count', 'the window that is assumed where a provider does not say'),
  lostTurnMs: limit(2_000, 'ms', 'how often it is tried to record the end of a turn that the record lost'),
  // --- providers
  providerAttempts: limit(5, 'count', 'tries of one request, waiting in between'),
  providerIdleMs: limit(120_000, 'ms', 'a stream that is silent for so long is taken as cut'),
  providerRetryMaxMs: limit(60_000, 'ms', 'a longer retry-after is shown and not waited for'),
  providerRetryBaseMs: limit(500, 'ms', 'the first wait; it doubles, with jitter'),
  discoveryMs: limit(400, 'ms', 'how long a local model server may take to answer at start'),
  modelListMs: limit(3_000, 'ms', 'how long a remote server may take to list its models at start'),
  modelListBytes: limit(4 * MiB, 'bytes', 'what is read of a list of models'),
  listedModels: limit(200, 'count', 'models offered of one server; name others in its settings'),
  sseLineBytes: limit(8 * MiB, 'bytes', "one line of a provider's stream"),
  // --- approvals
  approvalMs: limit(8 * 60 * minute, 'ms', 'an unanswered request is denied after a working day'),
  pendingApprovals: limit(64, 'count', 'requests that may wait in one workspace; the agent waits for room'),
  quietMs: limit(
    400,
    'ms',
    'no input for so long before a card takes an answer: a hand in motion was meant for something else',
  ),
  quietMaxMs: limit(1_500, 'ms', 'a card in view takes answers after this, however busy the hands are'),
  reasonChars: limit(4_000, 'chars', "a person's reason or reply"),
  replans: limit(3, 'count', 'new requests for one call while its file keeps changing'),
  // --- files
  readBytes: limit(256 * KiB, 'bytes', 'what one read_file returns; the rest by startLine'),
  scanBytes: limit(64 * MiB, 'bytes', 'how far a read looks for its start line'),
  lineChars: limit(2_000, 'chars', 'a line longer than this is cut in what a model or the page gets'),
  editBytes: limit(2 * MiB, 'bytes', 'the largest file that an edit may change or make'),
  patchFiles: limit(100, 'count', 'files in one patch'),
  patchScanLines: limit(
    20_000_000,
    'lines',
    'lines looked at in finding places for the hunks of one file: under a second',
  ),
  pathBytes: limit(4_096, 'bytes', 'PATH_MAX of Linux'),
  nameBytes: limit(255, 'bytes', 'NAME_MAX of Linux'),
  pathDepth: limit(128, 'depth', 'folders in one path'),
  links: limit(16, 'count', 'symbolic links followed inside the workspace for one read'),
  listEntries: limit(2_000, 'count', 'names in one listing; the rest is counted'),
  viewBytes: limit(2 * MiB, 'bytes', 'what the page shows of a file'),
  instructionBytes: limit(64 * KiB, 'bytes', 'what is read of one instruction file'),
  // --- search
  crawlFiles: limit(200_000, 'count', 'files in the index of names'),
  crawlDepth: limit(64, 'depth', 'folders below the root that a crawl enters'),
  crawlMs: limit(10_000, 'ms', 'how long a crawl may take; the index then holds what was found by then'),
  ignoreBytes: limit(256 * KiB, 'bytes', 'what is read of one .gitignore'),
  ignoreRules: limit(2_000, 'count', 'rules of one .gitignore; further ones are passed over'),
  findResults: limit(100, 'count', 'files that a search returns'),
  searchMatches: limit(200, 'count', 'lines that a text search returns'),
  searchMs: limit(15_000, 'ms', 'how long a text search may take'),
  searchOutputBytes: limit(4 * MiB, 'bytes', 'what is read from the searcher'),
  patternChars: limit(1_000, 'chars', 'the longest pattern or query'),
  gitIndexBytes: limit(64 * MiB, 'bytes', 'an index larger than this shows no state'),
  searchLineBytes: limit(1 * MiB, 'bytes', 'one match as the searcher reports it; a longer one is counted, not shown'),
  searchFileBytes: limit(16 * MiB, 'bytes', 'a larger file is a log or a dump, and is passed over in a text search'),
  crawlCacheMs: limit(3_000, 'ms', 'how old the index of names may be while a person types'),
  gitHashBytes: limit(2 * MiB, 'bytes', 'a file that git would hash to tell its state; a larger one counts as changed'),
  listScan: limit(200_000, 'count', 'names read of one folder; more are not even counted'),
  nearNames: limit(5, 'count', 'names suggested for one that is not there'),
  diffEdits: limit(4_000, 'count', 'lines apart that a diff may weigh in all; the rest is shown as replaced whole'),
  diffStretchEdits: limit(
    400,
    'count',
    'lines apart between two unchanged ones, up to which the shortest diff is sought',
  ),
  planSteps: limit(100, 'count', "steps in the agent's plan"),
  // --- the sandbox
  surveyFolders: limit(
    50_000,
    'count',
    'folders looked through for what a command must not reach: a tenth of a second',
  ),
  linkSearchFiles: limit(
    300_000,
    'count',
    'files looked at for other names of a hidden or protected one: a second, and only where it has any',
  ),
  placeholderMs: limit(2_000, 'ms', 'how long a placeholder outlives its command: the next one often needs it again'),
  probeMs: limit(10_000, 'ms', 'how long the launcher may take to say what the kernel offers'),
  selfTestMs: limit(20_000, 'ms', 'how long the attacks at start may take; on a busy machine as well'),
  compileMs: limit(120_000, 'ms', 'how long the launcher may take to be compiled at first start'),
  tmpfsBytes: limit(
    256 * MiB,
    'bytes',
    'what a command that writes in git may put into /tmp and its home: they are memory',
  ),
  // --- host programs
  killGraceMs: limit(1_000, 'ms', 'between asking a program to end and ending it'),
  // --- commands
  commandBytes: limit(100_000, 'bytes', 'a script; Linux takes 128 KiB in one argument'),
  commandWords: limit(200, 'count', 'paths given to one of the git tools'),
  commandMs: limit(10 * minute, 'ms', 'how long a command may run where the agent does not say; a build passes'),
  commandMaxMs: limit(
    60 * minute,
    'ms',
    'the longest that the agent may ask for; what runs longer goes in the background',
  ),
  taskMs: limit(12 * 60 * minute, 'ms', 'a command in the background ends after a working day'),
  tasks: limit(8, 'count', 'commands that a session may have in the background at once'),
  keptTasks: limit(32, 'count', 'ended ones whose output a session can still read; the oldest is forgotten'),
  commandPids: limit(512, 'count', 'processes and threads of one command; a fork bomb ends there'),
  commandFiles: limit(4_096, 'count', 'descriptors that a process of a command may have open'),
  commandFileBytes: limit(4 * 1024 * MiB, 'bytes', 'the largest file that a command may write'),
  commandDataBytes: limit(8 * 1024 * MiB, 'bytes', 'data of one process; a leak ends before the machine does'),
  commandOutputBytes: limit(256 * MiB, 'bytes', 'what a command may print before it is stopped'),
  outputHeadBytes: limit(16 * KiB, 'bytes', 'the beginning of a long output, as the model gets it'),
  outputTailBytes: limit(32 * KiB, 'bytes', 'the end of a long output: where errors and summaries stand'),
  outputWholeBytes: limit(4 * MiB, 'bytes', 'what is kept of an output that the model gets in part'),
  outputPieceBytes: limit(16 * KiB, 'bytes', 'one live piece; of what comes faster the newest is shown'),
  outputPieceMs: limit(34, 'ms', 'between two live pieces: thirty a second look like a stream'),
  liveOutputChars: limit(64 * KiB, 'chars', 'the newest output of a running command that a page holds'),
  launcherLineBytes: limit(
    32 * KiB,
    'bytes',
    'a line on the channel of the sandbox: the longest path, each byte escaped',
  ),
  launcherWordsBytes: limit(4 * KiB, 'bytes', 'what is kept of what the sandbox itself says'),
  // --- records
  eventBytes: limit(8 * MiB, 'bytes', 'one event; an edit at its largest, before and after, with room'),
  commandAnswers: limit(10_000, 'count', 'command ids remembered for idempotency'),
  lockWaitMs: limit(100, 'ms', 'how long a writer waits for the database; everything else waits with it'),
  titleChars: limit(80, 'chars', "a session's title"),
  exportEvents: limit(200_000, 'count', 'events in one export'),
  stopMs: limit(5_000, 'ms', 'how long stopping waits for turns to settle'),
  configBytes: limit(256 * KiB, 'bytes', 'a settings file'),
  scriptBytes: limit(4 * MiB, 'bytes', 'a recorded turn list for --script'),
  logLineChars: limit(8_000, 'chars', "one line of the server's log"),
  // --- the user's key commands
  keyCommandMs: limit(60_000, 'ms', 'a password store may ask its person for a touch or a word'),
  keyCommandBytes: limit(64 * KiB, 'bytes', 'what is read of a key command; a key is one line'),
  // --- the control socket
  controlBytes: limit(64 * KiB, 'bytes', 'one request or one answer, on one line'),
  controlMs: limit(5_000, 'ms', 'how long one exchange may take; both ends are on this machine'),
  controlConnections: limit(8, 'count', 'commands at once; a person types one'),
  // --- the command line
  openBrowserMs: limit(10_000, 'ms', 'how long the opener of a browser is waited for; it is not ended'),
  secondSignalMs: limit(500, 'ms', 'signals closer than this are one wish: npm repeats the Ctrl+C of the terminal'),
  // --- trust
  trustFiles: limit(
    200,
    'count',
    'files that could steer the agent or run something; more is not read through by anyone',
  ),
  trustFileBytes: limit(1 * MiB, 'bytes', 'such a file; a larger one is never trusted, and so never obeyed'),
  trustExcerptLines: limit(40, 'lines', 'lines shown of one such file before one decides'),
  trustLineChars: limit(300, 'chars', 'of one such line'),
  trustMarkerBytes: limit(256 * KiB, 'bytes', 'the marker with the hashes of all such files'),
} as const satisfies Record<string, Limit>;
