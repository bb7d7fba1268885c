/** What the shell does by itself. A name that stands in no table here or elsewhere is asked for. */
import type { SpecTable } from '../spec.ts';

export const BUILTINS: SpecTable = {
  'echo : true false': { raw: true, args: 'text*' },
  pwd: { flags: '-L -P' },
  cd: { args: 'list', flags: '-L -P' },
  printf: {
    args: 'text text*',
    ordered: true,
    check: 'printf',
    asks: { '-v': ['system', 'It sets a variable by its name.'] },
  },
  'test [': { raw: true, args: 'text*', check: 'test' },
  type: { args: 'text*', flags: '-t -a -p -P -f' },
  command: { args: 'text*', flags: '-v -V -p' },
  hash: { flags: '-r -l' },
  'exit return break continue shift': { raw: true, args: 'text' },
  wait: { args: 'plain*', flags: '-n -f' },
  jobs: { flags: '-l -p -r -s' },
  times: {},
  umask: { flags: '-S -p' },
  'local readonly declare typeset': { args: 'text*', flags: '-r', check: 'variables' },
  unset: { args: 'plain*', flags: '-v', check: 'variables' },
  read: { args: 'plain*', flags: '-r -s -a -n:plain -N:plain -d:text -p:text -t:plain -u:plain', check: 'variables' },
  'mapfile readarray': { args: 'plain', flags: '-t -d:text -n:plain -s:plain', check: 'variables' },
  ulimit: { flags: '-a -S -H' },
  set: { args: 'text*', flags: '-e -u -x -f -n -v -C -o:plain', check: 'options' },
  help: { args: 'text*', flags: '-d -s -m' },
};
