/** What is said of a workspace's trust: the files that it is bound to, what each could do, and how they changed. */
import * as z from 'zod';
import { Diff, RelPath, Sha256 } from './action.ts';

/** What is another in a file than when it was trusted. `lost`: it was trusted, and those bytes are not kept any more. */
export const TrustChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['none', 'new', 'lost']) }),
  z.object({ kind: z.literal('changed'), diff: Diff }),
]);
export type TrustChange = z.infer<typeof TrustChange>;

/** One file that could steer the agent or run something, and what it could do. */
export const TrustFile = z.object({
  path: RelPath,
  sha256: Sha256,
  size: z.int(),
  trusted: z.boolean(),
  effect: z.enum(['runs', 'loosens', 'steers']),
  /** What it could do, in words: `Is read as instructions, 48 lines`. */
  what: z.string(),
  /** Lines worth reading before one decides: a script, an allow rule, a line of an instruction file. */
  excerpt: z.array(z.object({ line: z.int(), text: z.string() })),
  hiddenCharacters: z.int(),
  change: TrustChange,
});
export type TrustFile = z.infer<typeof TrustFile>;

export const TrustReport = z.object({
  trusted: z.boolean(),
  /** Why it is as it is: `never asked`, `the marker was signed for another path` … */
  reason: z.string(),
  /** SHA-256 over what is listed here; trust is given to exactly this. */
  digest: Sha256,
  files: z.array(TrustFile),
  marker: z.enum(['none', 'valid', 'foreign', 'changed']),
});
export type TrustReport = z.infer<typeof TrustReport>;
