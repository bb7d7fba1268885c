/** Programs that start another one which their words name. */
import type { Effect } from '../effects.ts';
import type { SpecText } from '../spec.ts';

export interface Wrapper {
  spec: SpecText;
  /** Operands of its own before the command: the seconds of timeout. */
  operands: number;
  /** `NAME=VALUE` may stand before the command. */
  assigns: boolean;
  /** Its words are one text for a shell. */
  joins: boolean;
  /** Flags with which it starts nothing, and is a program like others. */
  told: RegExp | null;
  /** What it does without a command; null: nothing. */
  alone: Effect | null;
}

const wrapper = (spec: SpecText, more: Partial<Wrapper> = {}): Wrapper => ({
  spec,
  operands: 0,
  assigns: false,
  joins: false,
  told: null,
  alone: null,
  ...more,
});

const WITHOUT: Effect = { kind: 'unclear', why: 'It is not said what to run.' };
const as = (why: string): SpecText => ({
  asks: { '': ['system', why] },
  args: 'text*',
  flags: '-u:text -g:text -n -E -H -i -s -k -S -b',
});

const TABLE: Readonly<Record<string, Wrapper>> = {
  env: wrapper(
    { flags: '-i --ignore-environment -u:text --unset=text -0 --null -v' },
    { assigns: true, alone: { kind: 'ask', cause: 'tells', why: 'It shows every variable of the environment.' } },
  ),
  nice: wrapper({ flags: '-n:text --adjustment=text', counts: true }),
  nohup: wrapper({}),
  time: wrapper({ flags: '-p -v' }),
  timeout: wrapper(
    {
      flags: '-k:text -s:text --signal=text --kill-after=text --preserve-status --foreground -v --verbose',
      args: 'text',
    },
    { operands: 1, alone: WITHOUT },
  ),
  stdbuf: wrapper({ flags: '-i:text -o:text -e:text --input=text --output=text --error=text' }),
  setsid: wrapper({ flags: '-c -f -w --ctty --fork --wait' }),
  ionice: wrapper({ flags: '-c:text -n:text -t' }, { told: /^-p/ }),
  chronic: wrapper({}),
  command: wrapper({ flags: '-p' }, { told: /^-[pvV]*[vV]/ }),
  builtin: wrapper({}),
  exec: wrapper({
    flags: '-c -l -a:text',
    asks: { '-a': ['runs', 'It tells the program another name, and some do what their name says.'] },
  }),
  xargs: wrapper({
    flags: `-0 --null -r --no-run-if-empty -t --verbose -n:text --max-args=text -P:text --max-procs=text -I:text --replace?
      -L:text -d:text --delimiter=text -s:text -x --exit -E:text -a:read --arg-file=read`,
  }),
  watch: wrapper({ flags: '-n:text --interval=text -d -t -b -e -g -c --color --no-title -p' }, { joins: true }),
  busybox: wrapper({}),
  toybox: wrapper({}),
  sudo: wrapper(as('It runs as another user.')),
  doas: wrapper(as('It runs as another user.')),
};

export const WRAPPERS: Readonly<Record<string, Wrapper>> = Object.assign(Object.create(null), TABLE);

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'rbash']);

/** Shells whose language has more than that of bash: what both take for the same is judged, the rest is asked for. */
export const FOREIGN: ReadonlySet<string> = new Set(['zsh', 'ksh', 'mksh']);
