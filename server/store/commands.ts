/** Idempotency: the answer to each commandId, so that a command sent twice runs once. */

export interface CommandAnswer {
  status: number;
  body: unknown;
}

export interface Commands {
  /**
   * Runs `run` the first time that this id is seen and keeps its answer; each later call gets the same answer, also while the
   * first still runs. `what` names the command (method, path, body hash): the same id for another command throws a Fault 409.
   * A `run` that throws is not kept: the command may be tried again.
   */
  once(commandId: string, what: string, run: () => Promise<CommandAnswer>): Promise<CommandAnswer>;
}
