/** The events of how a session and its server go: conversations, turns, models, trust, the record itself. */
import type { EventType } from '../../../shared/event.ts';
import { grantText } from '../../../shared/grant.ts';
import { type Rows, said } from './row.ts';
import type { WorkType } from './rows-work.ts';

export const COURSE: Rows<Exclude<EventType, WorkType>> = {
  'session.created': {
    name: 'Session created',
    severity: 'info',
    ecs: ['session', 'start'],
    ocsf: ['api', 'Create'],
    facts: ({ title }) => said({ message: title }),
  },
  'session.renamed': {
    name: 'Session renamed',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Update'],
    facts: ({ title }) => said({ message: title }),
  },
  'session.pinned': { name: 'Session pinned', severity: 'info', ecs: ['session', 'info'], ocsf: ['api', 'Update'] },
  'session.archived': { name: 'Session archived', severity: 'info', ecs: ['session', 'info'], ocsf: ['api', 'Update'] },
  'session.forked': {
    name: 'Session forked',
    severity: 'info',
    ecs: ['session', 'start'],
    ocsf: ['api', 'Create'],
    facts: ({ from, copied }) => said({ message: `${copied} events of ${from}` }),
  },
  'session.trashed': {
    name: 'Session put to be deleted',
    severity: 'low',
    ecs: ['session', 'end'],
    ocsf: ['api', 'Delete'],
  },
  'session.restored': {
    name: 'Session brought back',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Update'],
  },
  'session.deleted': {
    name: 'Session deleted',
    severity: 'medium',
    ecs: ['session', 'end'],
    ocsf: ['api', 'Delete'],
    facts: ({ session, why, events }) => said({ message: `${session}, ${events} events`, reason: why }),
  },

  'head.signed': {
    name: 'Chain head signed',
    severity: 'info',
    ecs: ['configuration', 'info'],
    ocsf: ['api', 'Other'],
    facts: ({ chain, chainSeq }) => said({ message: `${chain} at ${chainSeq}` }),
  },
  'head.missing': {
    name: 'Signed head missing from the record',
    severity: 'high',
    ecs: ['configuration', 'info'],
    ocsf: ['api', 'Other'],
    facts: ({ chainSeq, at }) => said({ outcome: 'failure', message: `event ${chainSeq}, ${at}` }),
  },

  'session.imported': {
    name: 'Session imported',
    severity: 'low',
    ecs: ['session', 'start'],
    ocsf: ['api', 'Create'],
    facts: ({ file, copied, receipt }) => said({ message: `${copied} events of ${file}, receipt: ${receipt}` }),
  },
  'records.rebuilt': {
    name: 'Records rebuilt from files',
    severity: 'high',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ files, events, unverified }) =>
      said({ message: `${events} events of ${files} files, ${unverified.length} chains not verified` }),
  },
  'context.tainted': {
    name: 'Words from outside in the context',
    severity: 'medium',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Other'],
    facts: ({ actionId, source, what }) => said({ actionId, reason: source, message: what }),
  },

  'turn.started': {
    name: 'Turn started',
    severity: 'info',
    ecs: ['session', 'start'],
    ocsf: ['api', 'Other'],
    facts: ({ provider, model, mode }) => said({ provider, model, message: `${model}, mode ${mode}` }),
  },
  'turn.completed': {
    name: 'Turn completed',
    severity: 'info',
    ecs: ['session', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ steps, toolCalls }) => said({ outcome: 'success', message: `${steps} steps, ${toolCalls} tool calls` }),
  },
  'turn.failed': {
    name: 'Turn failed',
    severity: 'low',
    ecs: ['session', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ code, message }) => said({ outcome: 'failure', reason: `${code}: ${message}` }),
  },
  'turn.interrupted': {
    name: 'Turn interrupted',
    severity: 'info',
    ecs: ['session', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ by, message }) => said({ outcome: 'failure', reason: `${by}: ${message}` }),
  },

  'message.user': {
    name: 'Message of the person',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Create'],
    facts: ({ text }) => said({ message: text }),
  },
  'message.reasoning': {
    name: 'Reasoning of the model',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Create'],
    facts: ({ text }) => said({ message: text }),
  },
  'message.assistant': {
    name: 'Message of the model',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Create'],
    facts: ({ provider, model, parts }) => {
      const words = parts.map((part) => (part.type === 'text' ? part.text : `calls ${part.name}`));
      return said({ provider, model, message: words.join(' ') });
    },
  },
  'plan.updated': {
    name: 'Plan updated',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Update'],
    facts: ({ steps }) => said({ message: steps.map(({ text, state }) => `${state}: ${text}`).join('; ') }),
  },
  'tool.called': {
    name: 'Tool called',
    severity: 'info',
    ecs: ['api', 'start'],
    ocsf: ['api', 'Other'],
    facts: ({ name }) => said({ tool: name, message: name }),
  },
  'tool.answered': {
    name: 'Tool answered',
    severity: 'info',
    ecs: ['api', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ isError, content }) => said({ outcome: isError ? 'failure' : 'success', message: content }),
  },

  'provider.requested': {
    name: 'Model asked',
    severity: 'info',
    ecs: ['api', 'access'],
    ocsf: ['api', 'Other'],
    facts: ({ provider, model, attempt, chars }) =>
      said({ provider, model, message: `${chars} characters, attempt ${attempt}` }),
  },
  'provider.failed': {
    name: 'Provider failed',
    severity: 'low',
    ecs: ['api', 'end'],
    ocsf: ['api', 'Other'],
    facts: ({ provider, model, code, message }) =>
      said({ provider, model, outcome: 'failure', reason: `${code}: ${message}` }),
  },
  'usage.recorded': {
    name: 'Usage recorded',
    severity: 'info',
    ecs: ['api', 'info'],
    ocsf: ['api', 'Other'],
    facts: ({ provider, model, usage: { input, output, cacheRead, cacheWrite } }) => {
      const inputTokens = input + cacheRead + cacheWrite;
      return said({ provider, model, inputTokens, outputTokens: output, message: `${inputTokens} in, ${output} out` });
    },
  },

  'server.started': {
    name: 'Server started',
    severity: 'info',
    ecs: ['process', 'start'],
    ocsf: ['application', 'Start'],
    facts: ({ version, pid, provider, model }) =>
      said({ provider, model, message: `vtcode ${version}, process ${pid}` }),
  },
  'sandbox.probed': {
    name: 'Sandbox probed',
    severity: 'info',
    ecs: ['configuration', 'info'],
    ocsf: ['api', 'Read'],
    facts: ({ tier, why, checks }) => {
      const failed = checks.filter(({ blocked }) => !blocked).map(({ name }) => name);
      const outcome = failed.length > 0 || tier === 'none' ? 'failure' : 'success';
      return said({ sandbox: tier, reason: why, outcome, message: [tier, ...failed].join(' ') });
    },
  },
  'mode.changed': {
    name: 'Mode changed',
    severity: 'low',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ mode }) => said({ message: mode }),
  },
  'model.changed': {
    name: 'Model changed',
    severity: 'info',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ provider, model }) => said({ provider, model, message: `${provider}/${model}` }),
  },
  'grant.added': {
    name: 'Standing rule made',
    severity: 'medium',
    ecs: ['configuration', 'creation'],
    ocsf: ['api', 'Create'],
    facts: ({ rule, digest, until }) => said({ digest, message: grantText(rule), reason: `until ${until}` }),
  },
  'grant.revoked': {
    name: 'Standing rule taken away',
    severity: 'low',
    ecs: ['configuration', 'deletion'],
    ocsf: ['api', 'Delete'],
    facts: ({ grantId }) => said({ message: grantId }),
  },
  'share.created': {
    name: 'Session shared by a link',
    severity: 'medium',
    ecs: ['configuration', 'creation'],
    ocsf: ['api', 'Create'],
    facts: ({ session, shareId, live, expiresAt, kept }) =>
      said({
        message: `${shareId} of ${session}, ${live ? 'live' : 'frozen'}`,
        reason: `until ${expiresAt}${kept.length === 0 ? '' : `, readable: ${kept.join(', ')}`}`,
      }),
  },
  'share.viewed': {
    name: 'Shared session viewed',
    severity: 'info',
    ecs: ['session', 'info'],
    ocsf: ['api', 'Read'],
    facts: ({ shareId, views }) => said({ message: `${shareId}, ${views} times` }),
  },
  'share.revoked': {
    name: 'Share taken back',
    severity: 'low',
    ecs: ['configuration', 'deletion'],
    ocsf: ['api', 'Delete'],
    facts: ({ shareId }) => said({ message: shareId }),
  },
  'trust.granted': {
    name: 'Workspace trusted',
    severity: 'medium',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ digest, files }) => said({ digest, message: files.map(({ path }) => path).join(' ') }),
  },
  'policy.loaded': {
    name: 'Policy loaded',
    severity: 'info',
    ecs: ['configuration', 'info'],
    ocsf: ['api', 'Update'],
    facts: ({ policy, rules }) => said({ message: `${rules} rules, ${policy}` }),
  },
  'trust.changed': {
    name: 'Trusted files changed',
    severity: 'medium',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ actionId, files }) => said({ actionId, message: files.map(({ path }) => path).join(' ') }),
  },
  'trust.revoked': {
    name: 'Trust taken away',
    severity: 'low',
    ecs: ['configuration', 'change'],
    ocsf: ['api', 'Update'],
    facts: ({ why }) => said({ reason: why, message: why }),
  },
};
