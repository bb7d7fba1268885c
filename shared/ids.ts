/** Branded ids: a prefix that a person can read, a time part that sorts, and 80 random bits. */
import * as z from 'zod';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford base32: no i, l, o, u

const id = <Brand extends string>(prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
    .brand<Brand>();

export const SessionId = id<'SessionId'>('ses');
export const TurnId = id<'TurnId'>('trn');
export const MessageId = id<'MessageId'>('msg');
export const ActionId = id<'ActionId'>('act');
export const EventId = id<'EventId'>('evt');
export const LoginId = id<'LoginId'>('log');
export const GrantId = id<'GrantId'>('grt');
export const ShareId = id<'ShareId'>('shr');
/** A terminal of the person. */
export const TerminalId = id<'TerminalId'>('trm');
/** 128 random bits: an approval is named by nothing that could be guessed. */
export const ApprovalId = z
  .string()
  .regex(/^apr_[0-9a-f]{32}$/)
  .brand<'ApprovalId'>();
/** The id that the model's provider gave its tool call, or ours where theirs was unusable or repeated. */
export const CallId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .brand<'CallId'>();
/** Chosen by who sends a command; the same one again returns the first answer and runs nothing. */
export const CommandId = z.uuid();

export type SessionId = z.infer<typeof SessionId>;
export type TurnId = z.infer<typeof TurnId>;
export type MessageId = z.infer<typeof MessageId>;
export type ActionId = z.infer<typeof ActionId>;
export type EventId = z.infer<typeof EventId>;
export type LoginId = z.infer<typeof LoginId>;
export type GrantId = z.infer<typeof GrantId>;
export type ShareId = z.infer<typeof ShareId>;
export type TerminalId = z.infer<typeof TerminalId>;
export type ApprovalId = z.infer<typeof ApprovalId>;
export type CallId = z.infer<typeof CallId>;

export const newSessionId = () => sortable('ses') as SessionId;
export const newTurnId = () => sortable('trn') as TurnId;
export const newMessageId = () => sortable('msg') as MessageId;
export const newActionId = () => sortable('act') as ActionId;
export const newEventId = () => sortable('evt') as EventId;
export const newLoginId = () => sortable('log') as LoginId;
export const newGrantId = () => sortable('grt') as GrantId;
export const newShareId = () => sortable('shr') as ShareId;
export const newTerminalId = () => sortable('trm') as TerminalId;
export const newCallId = () => sortable('call') as CallId;
export const newApprovalId = () => `apr_${hex(random(16))}` as ApprovalId;

/** 50 bits of milliseconds, then 80 random bits: ids made later sort later (to the millisecond). */
function sortable(prefix: string): string {
  let time = Date.now();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  const tail = [...random(16)].map((byte) => ALPHABET[byte % 32]).join('');
  return `${prefix}_${head}${tail}`;
}

/** Asked of the system for many ids at once; what was given out is not given again. */
const pool = new Uint8Array(1_024);
let used = pool.length;

function random(bytes: number): Uint8Array {
  if (used + bytes > pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  const given = pool.slice(used, used + bytes);
  pool.fill(0, used, used + bytes);
  used += bytes;
  return given;
}

const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
