/** Standing rules that a person made: what exactly one lets run, in what, and until when. */
import * as z from 'zod';
import { RelPath, Sha256 } from './action.ts';
import { GrantId, SessionId } from './ids.ts';
import { LIMITS } from './limits.ts';

/** One place in a command: a word to the letter, any one word, or, as the last, all that follow. */
export const GrantWord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('word'), text: z.string().max(LIMITS.ruleWordChars.value) }),
  z.object({ kind: z.literal('one') }),
  z.object({ kind: z.literal('rest') }),
]);
export type GrantWord = z.infer<typeof GrantWord>;

/** What must be as it was: a file, or the `scripts` of a package.json. `absent`: there was none. */
export const GrantPin = z.object({
  what: z.enum(['file', 'scripts']),
  path: RelPath,
  sha256: z.union([Sha256, z.literal('absent')]),
});
export type GrantPin = z.infer<typeof GrantPin>;

/** The questions of ours that a rule for a command answers; all others are still asked. */
export const GrantLift = z.enum(['writes', 'runs', 'unknown-program', 'network', 'system', 'outside', 'unclear']);
export type GrantLift = z.infer<typeof GrantLift>;

export const CommandGrant = z.object({
  kind: z.literal('command'),
  words: z.array(GrantWord).min(1).max(LIMITS.ruleWords.value),
  /** Where the program stands: one of this machine by its name, or a file of the workspace, which is then pinned. */
  program: z.enum(['machine', 'workspace']),
  cwd: RelPath,
  network: z.enum(['none', 'proxy']),
  lifts: z.array(GrantLift).min(1),
  pins: z.array(GrantPin).max(LIMITS.rulePins.value),
});
export type CommandGrant = z.infer<typeof CommandGrant>;

/** `path`: a file, or a pattern of server/base/glob.ts below a folder. For files that are made or changed, never removed or moved. */
export const EditGrant = z.object({
  kind: z.literal('edit'),
  tool: z.string(),
  path: z.string().min(1).max(LIMITS.ruleWordChars.value),
});
export type EditGrant = z.infer<typeof EditGrant>;

/** One host, by one port, for whichever command asks. As the request spells it, letter by letter: no pattern, nothing below it. */
export const ConnectGrant = z.object({
  kind: z.literal('connect'),
  host: z.string().min(1).max(LIMITS.ruleWordChars.value),
  port: z.int().min(1).max(65_535),
});
export type ConnectGrant = z.infer<typeof ConnectGrant>;

export const GrantRule = z.discriminatedUnion('kind', [CommandGrant, EditGrant, ConnectGrant]);
export type GrantRule = z.infer<typeof GrantRule>;

/** A rule as a person wants it. Its digest, of the canonical JSON of exactly this, is part of the answer that makes it. */
export const GrantWish = z.object({
  rule: GrantRule,
  scope: z.enum(['session', 'workspace']),
  until: z.iso.datetime(),
});
export type GrantWish = z.infer<typeof GrantWish>;

/** `asleep`: the workspace is not trusted. `changed`: what it is pinned to is not what it was. */
export const Grant = GrantWish.extend({
  id: GrantId,
  /** The session that it holds in, or null for the workspace. */
  session: SessionId.nullable(),
  digest: Sha256,
  madeAt: z.string(),
  madeBy: z.string(),
  state: z.enum(['active', 'asleep', 'changed', 'expired', 'revoked']),
  /** Empty where it was not used. */
  usedAt: z.string(),
  uses: z.int(),
});
export type Grant = z.infer<typeof Grant>;

/** What a rule would have let run of what this workspace has recorded, had it stood then and the files been as now. */
export const GrantReach = z.object({
  /** Recorded commands, edits or hosts that were looked at, the newest first; `more`: older ones were not. */
  looked: z.int(),
  more: z.boolean(),
  allowed: z.int(),
  /** Of those it would have allowed, the ones that a person denied. */
  denied: z.int(),
  /** The newest of them. */
  named: z.array(z.object({ at: z.string(), session: SessionId, title: z.string() })),
});
export type GrantReach = z.infer<typeof GrantReach>;

/** A rule in one line, as it is shown wherever it is named. */
export function grantText(rule: GrantRule): string {
  if (rule.kind === 'edit') return `${rule.tool} ${rule.path}`;
  if (rule.kind === 'connect') return `connect ${rule.host}:${rule.port}`;
  return rule.words.map(wordText).join(' ');
}

/** A word that could be read as two, or as a place for any, stands in quotes. */
const wordText = (word: GrantWord): string => {
  if (word.kind !== 'word') return word.kind === 'one' ? '*' : '**';
  return /^[\w@%+=:,./-]+$/.test(word.text) ? word.text : JSON.stringify(word.text);
};

/** Where a rule for a command holds; for an edit the path says it, for a host nothing needs to. */
export const grantPlace = (rule: GrantRule): string =>
  rule.kind !== 'command' ? '' : rule.cwd === '.' ? 'at the root of the workspace' : `in ${rule.cwd}`;
