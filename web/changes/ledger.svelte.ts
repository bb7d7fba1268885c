/** The server's ledger of what a session changed, read again when it grows. */
import type { Response } from '../../shared/api.ts';
import type { Change, ChangedPart, ChangingTurn, PastRevert } from '../../shared/changes-api.ts';
import type { SessionId, TurnId } from '../../shared/ids.ts';
import { failureFrom, type Api } from '../lib/api.ts';

const NOTHING: Response<'changes'> = { changes: [], turns: [], reverts: [], takenBack: [], commands: 0 };

export class Ledger {
  scope: 'turn' | 'session' = $state('turn');
  /** The turn that is looked at; null: the last one that changed a file. */
  turn: TurnId | null = $state(null);
  failed = $state('');
  readonly api: Api;
  #read: Response<'changes'> = $state.raw(NOTHING);
  #session: SessionId | null = null;

  readonly changes: Change[] = $derived.by(() => this.#read.changes);
  readonly turns: ChangingTurn[] = $derived.by(() => this.#read.turns);
  /** The last one that the person made. */
  readonly revert: PastRevert | null = $derived.by(() => this.#read.reverts.at(-1) ?? null);
  readonly takenBack: ReadonlySet<string> = $derived.by(() => new Set(this.#read.takenBack));
  /** That one took an earlier revert back. */
  readonly isUndo: boolean = $derived.by(() =>
    this.#read.reverts.some(({ actionId }) => actionId === this.revert?.reverts),
  );
  /** Commands that ran in the scope: what they changed is not in it. */
  readonly commands: number = $derived.by(() => this.#read.commands);
  /** Which turn is shown, from 0; -1 where none changed a file. */
  readonly at: number = $derived.by(() => {
    const found = this.turns.findIndex(({ turn }) => turn === this.turn);
    return found >= 0 ? found : this.turns.length - 1;
  });
  /** What the server is asked for. */
  readonly wish: { scope: 'turn' | 'session'; turn?: TurnId } = $derived.by(() => {
    const turn = this.turns[this.at]?.turn;
    return this.scope === 'turn' && turn !== undefined ? { scope: 'turn', turn } : { scope: this.scope };
  });

  constructor(api: Api) {
    this.api = api;
  }

  /** Goes to the turn before or after; the last one follows what the agent does. */
  step(by: -1 | 1): void {
    const at = this.at + by;
    this.turn = at >= this.turns.length - 1 ? null : (this.turns[at]?.turn ?? null);
  }

  /** Never throws. What was read for another session or scope meanwhile is left. */
  async read(session: SessionId, signal: AbortSignal): Promise<void> {
    if (this.#session !== session) {
      this.turn = null;
      this.#read = NOTHING;
    }
    this.#session = session;
    const query = { session, scope: this.scope, ...(this.turn === null ? {} : { turn: this.turn }) };
    try {
      const read = await this.api.call('changes', { query, signal });
      if (signal.aborted) return;
      this.#read = read;
      this.failed = '';
    } catch (error) {
      if (!signal.aborted) this.failed = failureFrom(error).message;
    }
  }
}

/** The lines of one file of the ledger. */
export class FileParts {
  parts: ChangedPart[] = $state.raw([]);
  failed = $state('');
  #of = '';

  /** Never throws. What stands for another file goes at once; of the same it stays until the new lines are there. */
  async read(
    api: Api,
    query: { session: SessionId } & Ledger['wish'] & { path: string; from: string },
    signal: AbortSignal,
  ) {
    const of = JSON.stringify(query);
    if (of !== this.#of) this.parts = [];
    this.#of = of;
    try {
      const { parts } = await api.call('changedFile', { query, signal });
      if (signal.aborted) return;
      this.parts = parts;
      this.failed = '';
    } catch (error) {
      if (!signal.aborted) this.failed = failureFrom(error).message;
    }
  }
}
