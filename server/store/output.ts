/** What a command printed, page by page, from the bytes that were kept of it: text, whatever it was. */
import type { ActionId, SessionId } from '../../shared/ids.ts';
import type { CommandOutput } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Blobs } from './blobs.ts';
import type { SessionReads } from './sessions.ts';

export interface OutputReads {
  /** Of a command that has ended, from this byte on. Throws a Fault 404 where nothing was kept of it. */
  output(session: SessionId, wanted: { action: ActionId; from: number }): Promise<CommandOutput>;
}

export function createOutputReads(
  sessions: Pick<SessionReads, 'get' | 'ended'>,
  blobs: Pick<Blobs, 'get'>,
): OutputReads {
  return {
    async output(session, { action, from }) {
      sessions.get(session);
      const ended = sessions.ended(session, action);
      const bytes = ended === null || ended.output === '' ? null : await blobs.get(ended.output);
      if (ended === null || bytes === null) throw nothing(action);
      const page = bytes.subarray(from, from + LIMITS.outputPageBytes.value);
      const isLast = from + page.length >= bytes.length;
      const whole = isLast ? page : page.subarray(0, wholeEnd(page));
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(whole);
      const next = isLast ? null : from + whole.length;
      return { printed: ended.bytes, kept: bytes.length, from, text, next };
    },
  };
}

/** Where the last character that is whole ends; never 0, for a page is longer than any character. */
function wholeEnd(bytes: Buffer): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

const nothing = (action: ActionId): Fault =>
  new Fault({
    status: 404,
    code: 'no_output',
    message: `Nothing is kept of what ${action} printed: it has not ended, it printed nothing, or it may hold what is not to be shown.`,
    hint: 'While it runs the stream tells what it prints.',
  });
