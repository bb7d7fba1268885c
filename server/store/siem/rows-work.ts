/** The events of what is wanted, decided and done: actions, approvals, files, commands, hosts, terminals. */
import type { Action, Outcome } from '../../../shared/action.ts';
import type { EventData, EventType } from '../../../shared/event.ts';
import { titleOf } from '../../../shared/title.ts';
import type { Decision, Verdict } from '../../../shared/verdict.ts';
import type { Facts } from './fields.ts';
import { type Rows, said } from './row.ts';

export type WorkType = Extract<
  EventType,
  | `action.${string}`
  | `approval.${string}`
  | `command.${string}`
  | `network.${string}`
  | `terminal.${string}`
  | 'file.changed'
>;

export const WORK: Rows<WorkType> = {
  'action.proposed': {
    name: 'Action proposed',
    severity: 'info',
    ecs: ['api', 'info'],
    ocsf: ['api', 'Other', 'Read', 'Update'],
    activity: ({ action }) => crud(action),
    facts: ({ actionId, action, digest, verdict }) => ({ ...said({ actionId, digest }), ...judged(action, verdict) }),
  },
  'action.denied': {
    name: 'Action denied',
    severity: 'medium',
    ecs: ['api', 'access'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, by, message }) =>
      said({ actionId, decision: 'deny', outcome: 'failure', reason: `${by}: ${message}`, tool: 'deny' }),
  },
  'action.finished': {
    name: 'Action finished',
    severity: 'info',
    ecs: ['api', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, digest, outcome }) => said({ actionId, digest, tool: 'perform', ...ended(outcome) }),
  },
  'approval.requested': {
    name: 'Approval requested',
    severity: 'low',
    ecs: ['api', 'access'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, action, digest, verdict }) => ({ ...said({ actionId, digest }), ...judged(action, verdict) }),
  },
  'approval.resolved': {
    name: 'Approval answered',
    severity: 'low',
    ecs: ['api', 'access'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, answer, effective, text }) =>
      said({ actionId, decision: decisionOf(answer), digest: effective, reason: text, tool: answer, message: answer }),
  },
  'approval.expired': {
    name: 'Approval expired',
    severity: 'medium',
    ecs: ['api', 'access'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, why, message }) =>
      said({ actionId, decision: 'deny', outcome: 'failure', reason: message, tool: 'expire', message: why }),
  },
  'file.changed': {
    name: 'File changed',
    severity: 'low',
    ecs: ['file', 'change'],
    ocsf: ['file', 'Update', 'Create', 'Delete', 'Rename'],
    activity: ({ op }) => (({ create: 'Create', modify: 'Update', delete: 'Delete', move: 'Rename' }) as const)[op],
    facts: changed,
  },
  'command.started': {
    name: 'Command started',
    severity: 'low',
    ecs: ['process', 'start'],
    ocsf: ['process', 'Launch'],
    facts: ({ actionId, argv, cwd, policy, tier }) =>
      said({ actionId, ...commandFacts(argv, cwd), sandbox: tier, sandboxPolicy: policy }),
  },
  'command.finished': {
    name: 'Command finished',
    severity: 'info',
    ecs: ['process', 'end'],
    ocsf: ['process', 'Terminate'],
    facts: ({ actionId, code, signal, timedOut, durationMs, uncovered, lost }) => {
      const reason = lost ? 'nobody saw how it ended' : timedOut ? 'its time was over' : uncovered;
      return said({ actionId, exitCode: code, signal, durationMs, reason, outcome: success(code === 0 && !lost) });
    },
  },
  'network.requested': {
    name: 'Host requested',
    severity: 'low',
    ecs: ['network', 'connection'],
    ocsf: ['network', 'Open', 'Refuse'],
    activity: ({ decision }) => (decision === 'allow' ? 'Open' : 'Refuse'),
    facts: ({ actionId, host, port, method, decision, rule, why, address }) =>
      said({ actionId, host, port, method, decision, rules: [rule], reason: why, address, message: `${host}:${port}` }),
  },
  'network.ended': {
    name: 'Connection ended',
    severity: 'info',
    ecs: ['network', 'end'],
    ocsf: ['network', 'Close'],
    facts: ({ actionId, bytesUp, bytesDown, durationMs, why }) =>
      said({ actionId, bytesUp, bytesDown, durationMs, reason: why }),
  },
  'terminal.opened': {
    name: 'Terminal opened',
    severity: 'medium',
    ecs: ['process', 'start'],
    ocsf: ['process', 'Launch'],
    facts: ({ actionId, argv, cwd, confinement }) => {
      const held = confinement.kind === 'host' ? { sandbox: 'host' } : { sandbox: confinement.tier };
      const sandboxPolicy = confinement.kind === 'host' ? '' : confinement.policy;
      return said({ actionId, ...commandFacts(argv, cwd), ...held, sandboxPolicy });
    },
  },
  'terminal.renamed': {
    name: 'Terminal renamed',
    severity: 'info',
    ecs: ['process', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ name }) => said({ tool: 'rename_terminal', message: name }),
  },
  'terminal.closed': {
    name: 'Terminal closed',
    severity: 'info',
    ecs: ['process', 'end'],
    ocsf: ['process', 'Terminate'],
    facts: ({ why, code, signal, durationMs, typedBytes, printedBytes }) =>
      said({ reason: why, exitCode: code, signal, durationMs, bytesUp: typedBytes, bytesDown: printedBytes }),
  },
};

const crud = (action: Action) => (action.kind === 'read' ? 'Read' : action.kind === 'edit' ? 'Update' : 'Other');

function judged(action: Action, { decision, reasons }: Verdict): Facts {
  const [first] = reasons;
  const { tool } = action;
  const rules = reasons.map(({ rule }) => rule);
  return said({ tool, decision, rules, reason: first?.why ?? '', message: titleOf(action), ...targetOf(action) });
}

function targetOf(action: Action): Facts {
  switch (action.kind) {
    case 'read':
      return said({ filePath: action.path });
    case 'edit':
      return said({ filePath: action.changes[0]!.path });
    case 'command':
      return commandFacts(action.script === '' ? action.argv : [action.script], action.cwd);
    case 'connect':
      return said({ host: action.host, port: action.port, method: action.method });
    case 'question':
    case 'task':
    case 'terminal':
      return {};
  }
}

const commandFacts = (argv: readonly string[], cwd: string): Facts =>
  said({ commandLine: argv.join(' '), args: argv, cwd, message: argv.join(' ') });

function changed({ actionId, op, path, from, after, added, removed, reverts }: EventData<'file.changed'>): Facts {
  const file = after.state === 'file' ? { fileHash: after.sha256, fileSize: after.size } : {};
  const fileFrom = op === 'move' ? from : '';
  const message = `${reverts === undefined ? '' : 'revert: '}${op} ${path} +${added} -${removed}`;
  return said({ actionId, filePath: path, fileFrom, ...file, message, outcome: 'success' });
}

function ended(outcome: Outcome): Facts {
  const { status } = outcome;
  switch (status) {
    case 'done':
      return said({ outcome: 'success', message: outcome.summary });
    case 'exited': {
      const { code, signal, durationMs } = outcome;
      return said({ outcome: success(code === 0), exitCode: code, signal, durationMs, message: status });
    }
    case 'failed':
    case 'stopped':
      return said({ outcome: 'failure', reason: outcome.message, message: status });
  }
}

const success = (is: boolean) => (is ? 'success' : 'failure');

const decisionOf = (answer: EventData<'approval.resolved'>['answer']): Decision =>
  answer === 'deny' || answer === 'stop' ? 'deny' : 'allow';
