/** The tables. `events` is the record; every other one is read from it and could be made anew. */
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
    /** JSON. */
    data: text('data').notNull(),
    salt: text('salt').notNull(),
    prev: text('prev').notNull(),
    hash: text('hash').notNull(),
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
  },
  (table) => [index('sessions_updated').on(table.updatedSeq)],
);

export const approvals = sqliteTable(
  'approvals',
  {
    id: text('id').primaryKey(),
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

export const commands = sqliteTable('commands', {
  id: text('id').primaryKey(),
  what: text('what').notNull(),
  status: integer('status').notNull(),
  /** JSON. */
  body: text('body').notNull(),
});
