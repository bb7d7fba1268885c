/** The rows that an audit asks by: each event on one line, with what the policy and the person said of its action. */
import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SessionEvent } from '../../shared/event.ts';
import { grantText } from '../../shared/grant.ts';
import { LIMITS } from '../../shared/limits.ts';
import { titleOf } from '../../shared/title.ts';
import { audit } from './schema.ts';

type Row = typeof audit.$inferInsert;
type Facts = Pick<Row, 'actionId' | 'title' | 'decision' | 'effect' | 'rules'>;

/** Adds the row of an event, in its transaction. What follows a proposal keeps the effect and the rules of it. */
export function createAuditRows(orm: BetterSQLite3Database): (event: SessionEvent) => void {
  const insert = orm.insert(audit).values(PLACES).prepare();
  const proposed = orm
    .select({ title: audit.title, effect: audit.effect, rules: audit.rules })
    .from(audit)
    .where(sql`${audit.actionId} = ${sql.placeholder('id')} and ${audit.type} = 'action.proposed' and action_id <> ''`)
    .limit(1)
    .prepare();
  return (event) => {
    const { seq, at, chain, actor, type } = event;
    const facts = factsOf(event);
    const known =
      facts.actionId === '' || type === 'action.proposed' ? undefined : proposed.get({ id: facts.actionId });
    const title = [facts.title, known?.title].filter(Boolean).join(': ').slice(0, LIMITS.auditTitleChars.value);
    insert.run({ seq, at, chain, actor, type, ...NONE, ...facts, ...known, title });
  };
}

const NONE: Facts = { actionId: '', title: '', decision: '', effect: '', rules: '' };

const PLACES = {
  seq: sql.placeholder('seq'),
  at: sql.placeholder('at'),
  chain: sql.placeholder('chain'),
  actor: sql.placeholder('actor'),
  type: sql.placeholder('type'),
  actionId: sql.placeholder('actionId'),
  title: sql.placeholder('title'),
  decision: sql.placeholder('decision'),
  effect: sql.placeholder('effect'),
  rules: sql.placeholder('rules'),
};

/** The rules between line ends, of which no id has one: a rule is found as a whole. */
export const rulesText = (rules: readonly string[]): string => (rules.length === 0 ? '' : `\n${rules.join('\n')}\n`);

function factsOf(event: SessionEvent): Facts {
  switch (event.type) {
    case 'action.proposed': {
      const { actionId, action, verdict } = event.data;
      const rules = rulesText(verdict.reasons.map(({ rule }) => rule.replaceAll('\n', ' ')));
      return { actionId, title: line(titleOf(action)), decision: verdict.decision, effect: action.kind, rules };
    }
    case 'grant.added':
      return {
        ...NONE,
        title: line(grantText(event.data.rule)),
        decision: 'allow',
        rules: rulesText([`grant/${event.data.grantId}`]),
      };
    case 'grant.revoked':
      return { ...NONE, rules: rulesText([`grant/${event.data.grantId}`]) };
    case 'approval.requested':
      return { ...NONE, actionId: event.data.actionId, decision: 'prompt' };
    case 'approval.resolved': {
      const { actionId, answer } = event.data;
      return { ...NONE, actionId, title: answer, decision: answer === 'deny' || answer === 'stop' ? 'deny' : 'allow' };
    }
    case 'approval.expired':
      return { ...NONE, actionId: event.data.actionId, title: event.data.why, decision: 'deny' };
    case 'action.denied':
      return { ...NONE, actionId: event.data.actionId, title: `by ${event.data.by}`, decision: 'deny' };
    case 'action.finished':
      return { ...NONE, actionId: event.data.actionId, title: event.data.outcome.status };
    case 'command.started':
    case 'command.finished':
      return { ...NONE, actionId: event.data.actionId };
    case 'file.changed':
      return {
        ...NONE,
        actionId: event.data.actionId,
        title: line(`${event.data.reverts === undefined ? '' : 'revert: '}${event.data.op} ${event.data.path}`),
      };
    default:
      return { ...NONE, title: line(titleFor(event)) };
  }
}

/** What a line says of an event that belongs to no action. */
function titleFor(event: SessionEvent): string {
  switch (event.type) {
    case 'session.created':
    case 'session.renamed':
      return event.data.title;
    case 'message.user':
    case 'message.reasoning':
      return event.data.text;
    case 'message.assistant':
      return event.data.parts.map((part) => (part.type === 'text' ? part.text : `calls ${part.name}`)).join(' ');
    case 'turn.failed':
    case 'turn.interrupted':
    case 'provider.failed':
      return event.data.message;
    case 'tool.called':
      return event.data.name;
    case 'turn.started':
    case 'provider.requested':
    case 'model.changed':
      return event.data.model;
    case 'mode.changed':
      return event.data.mode;
    case 'sandbox.probed':
      return event.data.tier;
    case 'trust.granted':
      return `${event.data.files.length} files`;
    case 'trust.revoked':
      return event.data.why;
    case 'head.signed':
      return `${event.data.chain} at ${event.data.chainSeq}`;
    case 'session.deleted':
      return event.data.session;
    default:
      return '';
  }
}

const line = (text: string): string =>
  text
    .slice(0, LIMITS.auditTitleChars.value)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
