/** Makes our own process hard to read and hard to steer, before anything else runs. */

/** Something a person should know of the environment we were started in. */
export interface StartWarning {
  /** Stable, lower case, words joined by `_`. */
  code: string;
  message: string;
  hint: string;
}
