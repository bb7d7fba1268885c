/** What came of a read, in the two forms that are wanted: the fact for the record, the text for who asked. */
import type { Performed } from '../run/perform.ts';

export function done(content: string, facts: { bytes: number; truncated?: boolean }): Performed {
  const { bytes, truncated = false } = facts;
  const summary = `${bytes} bytes${truncated ? ', cut' : ''}`;
  return { outcome: { status: 'done', summary, bytes, truncated }, content };
}

export const failed = (code: string, message: string): Performed => ({
  outcome: { status: 'failed', code, message },
  content: message,
});
