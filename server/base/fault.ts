/** An expected failure on its way to a person: what was expected, what came, what to do next. */

export interface FaultFacts {
  /** The HTTP status it has on the wire. */
  status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503 | 507;
  /** Stable, lower case, words joined by `_`. */
  code: string;
  message: string;
  hint?: string;
}

/** Thrown by what routes and commands call; shaped into an `ApiError` or a line on stderr in one place each. */
export class Fault extends Error {
  readonly status: FaultFacts['status'];
  readonly code: string;
  readonly hint: string;

  constructor(facts: FaultFacts) {
    super(facts.message);
    this.name = 'Fault';
    this.status = facts.status;
    this.code = facts.code;
    this.hint = facts.hint ?? '';
  }
}
