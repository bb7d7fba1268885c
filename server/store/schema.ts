/**
 * The tables. `events` is the record; every other one is read from it and could be made anew. One more stands in a migration
 * alone, for drizzle knows no virtual tables: `search`, the full text of events by their seq (see search.ts).
 */
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    at: text('at').notNull(),
    chain: text('chain').notNull(),
    chainSeq: integer('chain_seq').notNull(),
    turn: text('turn'),
    actor: text('actor').notNull(),
    type: text('type').notNull(),
    /** JSON; empty, as is the salt, once the session was deleted. */
    data: text('data').notNull(),
    salt: text('salt').notNull(),
    prev: text('prev').notNull(),
    hash: text('hash').notNull(),
    /** Of a tombstone: what stands for the data that is gone. Empty while it is there. */
    commitment: text('commitment').notNull().default(''),
  },
  (table) => [
    uniqueIndex('events_id').on(table.id),
    uniqueIndex('events_chain').on(table.chain, table.chainSeq),
    index('events_chain_seq').on(table.chain, table.seq),
  ],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    createdAt: text('created_at').notNull(),
    updatedAt: text('updated_at').notNull(),
    updatedSeq: integer('updated_seq').notNull(),
    /** The turn that runs; null at rest. */
    turn: text('turn'),
    lastTurn: text('last_turn', { enum: ['none', 'completed', 'failed', 'interrupted'] }).notNull(),
    pinned: integer('pinned', { mode: 'boolean' }).notNull().default(false),
    archived: integer('archived', { mode: 'boolean' }).notNull().default(false),
    /** The session that it was forked from; empty for none. */
    forkedFrom: text('forked_from').notNull().default(''),
    /** How many events at its beginning, after the first, are copies of that one's. */
    copied: integer('copied').notNull().default(0),
    /** When its content goes; empty while nobody deleted it. */
    trashedUntil: text('trashed_until').notNull().default(''),
  },
  (table) => [index('sessions_updated').on(table.updatedSeq)],
);

export const approvals = sqliteTable(
  'approvals',
  {
    id: text('id').primaryKey(),
    /** The session's id, or `workspace` for a request of none; its turn is then empty. */
    session: text('session').notNull(),
    turn: text('turn').notNull(),
    actionId: text('action_id').notNull(),
    digest: text('digest').notNull(),
    /** The `approval.requested` event that it stands for. */
    seq: integer('seq').notNull(),
    expiresAt: text('expires_at').notNull(),
    state: text('state', { enum: ['open', 'answered', 'expired'] }).notNull(),
  },
  (table) => [
    index('approvals_open')
      .on(table.session)
      .where(sql`state = 'open'`),
  ],
);

/** Standing rules: a row for each that was ever made. */
export const grants = sqliteTable('grants', {
  id: text('id').primaryKey(),
  /** The `grant.added` event that it stands for. */
  seq: integer('seq').notNull(),
  /** The session that it holds in; empty for the workspace. */
  session: text('session').notNull(),
  until: text('until').notNull(),
  /** When it was taken away; empty while it was not. */
  revokedAt: text('revoked_at').notNull().default(''),
  /** The last action that it let run; empty for none. */
  usedAt: text('used_at').notNull().default(''),
  uses: integer('uses').notNull().default(0),
});

/** Shares: a row for each that was ever made. It outlives its session, and holds nothing of it once it has ended. */
export const shares = sqliteTable(
  'shares',
  {
    id: text('id').primaryKey(),
    /** The `share.created` event that it stands for. */
    seq: integer('seq').notNull(),
    session: text('session').notNull(),
    createdAt: text('created_at').notNull(),
    expiresAt: text('expires_at').notNull(),
    live: integer('live', { mode: 'boolean' }).notNull(),
    /** The seq of the last event that it shows; of a live one, of the last there was when it was made. */
    upTo: integer('up_to').notNull(),
    /** SHA-256 (hex) of its token; empty where it opens nothing: it has ended, or its row was made anew from the record. */
    token: text('token').notNull().default(''),
    /** JSON, a ShareWish: its words are in no event. Empty once it has ended. */
    wish: text('wish').notNull().default(''),
    /** The port that its link names. */
    port: integer('port').notNull().default(0),
    /** When it was revoked or its session deleted; empty while neither. */
    endedAt: text('ended_at').notNull().default(''),
    ended: text('ended', { enum: ['', 'revoked', 'deleted'] })
      .notNull()
      .default(''),
    views: integer('views').notNull().default(0),
    viewedAt: text('viewed_at').notNull().default(''),
  },
  (table) => [index('shares_session').on(table.session)],
);

/** What an audit asks by, one narrow row an event: its envelope, and what the policy and the person said of its action. */
export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey(),
    at: text('at').notNull(),
    chain: text('chain').notNull(),
    actor: text('actor').notNull(),
    type: text('type').notNull(),
    /** Empty where it belongs to no action. */
    actionId: text('action_id').notNull(),
    /** One line. */
    title: text('title').notNull(),
    decision: text('decision', { enum: ['', 'allow', 'prompt', 'deny'] }).notNull(),
    /** The kind of the action. */
    effect: text('effect').notNull(),
    /** The ids of the rules that spoke, each between line ends, so that one is found as a whole. */
    rules: text('rules').notNull(),
  },
  (table) => [
    index('audit_action')
      .on(table.actionId, table.type)
      .where(sql`action_id <> ''`),
  ],
);

export const commands = sqliteTable('commands', {
  id: text('id').primaryKey(),
  what: text('what').notNull(),
  status: integer('status').notNull(),
  /** JSON. */
  body: text('body').notNull(),
});
