/** The page's own look at a request's digest: what is drawn must be what the answer binds to. */
import { digestOf, type Action } from '../../shared/action.ts';

export type Checked =
  | { state: 'checking' }
  | { state: 'match' }
  /** What is drawn hashes to `own`, not to the digest that came with it. */
  | { state: 'mismatch'; own: string };

/** Never throws: what cannot be hashed is a mismatch. */
export async function check(action: Action, digest: string): Promise<Checked> {
  try {
    const own = await digestOf(action);
    return own === digest ? { state: 'match' } : { state: 'mismatch', own };
  } catch (problem) {
    return { state: 'mismatch', own: problem instanceof Error ? problem.message : String(problem) };
  }
}
