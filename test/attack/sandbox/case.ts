/** The shape of a case: one thing that a confined command must not achieve, or must still be able to do. */

export type Who = 'root' | 'plain';

/**
 * What the command does with no sandbox around it, as whoever runs the tests:
 * `open` it succeeds, and that is run; `open-root`: for root only; `machine`: it is run, and settings of the machine decide;
 * `closed`: nothing would come of it there either, it stands guard; `dangerous`: it would do harm, and is not run.
 */
export type Alone = 'open' | 'open-root' | 'machine' | 'closed' | 'dangerous';

/** Policies that differ from the usual one. */
export type Variant = 'usual' | 'git-readonly' | 'host-network' | 'unix-off';

export interface Case {
  name: string;
  /** One argument to `bash -c`, in the workspace. Exit 0 means that it did what it set out to do. */
  command: string;
  expect: 'blocked' | 'works';
  /** What stands in the way, or what would break. */
  how: string;
  alone: Alone;
  variant: Variant;
}

type Rest = { alone?: Alone; variant?: Variant };

export const blocked = (
  name: string,
  command: string,
  how: string,
  { alone = 'open', variant = 'usual' }: Rest = {},
): Case => ({
  name,
  command,
  expect: 'blocked',
  how,
  alone,
  variant,
});

export const works = (name: string, command: string, { variant = 'usual' }: Rest = {}): Case => ({
  name,
  command,
  expect: 'works',
  how: 'ordinary work goes on',
  alone: 'closed',
  variant,
});
