/** Programs that change files: always asked for, and judged by where they write. */
import type { Cause, SpecTable, SpecText } from '../spec.ts';

const asks = (why: string, cause: Cause = 'writes') => ({ '': [cause, why] as const });
const scatter = (why: string): SpecText => ({ asks: asks(why), args: 'text*', raw: true, scatters: true });

export const WRITERS: SpecTable = {
  tee: { args: 'write*', flags: '-a -i -p --append --ignore-interrupts --output-error?' },
  touch: {
    args: 'write*',
    flags: '-a -c -d:text -h -m -r:list -t:text --date=text --no-create --reference=list --time=text',
  },
  mkdir: { args: 'write*', flags: '-m:text -p -v --mode=text --parents --verbose' },
  rmdir: { args: 'write*', flags: '-p -v --parents --ignore-fail-on-non-empty --verbose' },
  'rm unlink shred': {
    asks: asks('It deletes files.'),
    args: 'write*',
    flags:
      '-d -f -i -I -r -R -v -u -z -n:text --dir --force --recursive --verbose --interactive? --one-file-system --preserve-root? --no-preserve-root --remove?',
  },
  cp: {
    asks: asks('It copies files.'),
    args: 'read* write',
    into: true,
    recursion: { flags: ['-r', '-R', '-a', '--recursive', '--archive'] },
    flags: `-a -b -d -f -H -i -l -L -n -p -P -r -R -s -S:text -t:write -T -u -v -x --archive --backup? --force --interactive --link
      --no-clobber --no-dereference --parents --preserve? --no-preserve=text --recursive --reflink? --symbolic-link --suffix=text
      --target-directory=write --no-target-directory --update? --verbose --one-file-system --dereference`,
  },
  mv: {
    asks: asks('It moves files.'),
    args: 'write* write',
    into: true,
    flags:
      '-b -f -i -n -S:text -t:write -T -u -v --backup? --force --interactive --no-clobber --suffix=text --target-directory=write --no-target-directory --update? --verbose',
  },
  'ln link': {
    asks: asks('It makes links.'),
    args: 'list* write',
    into: true,
    flags:
      '-b -f -i -L -n -P -r -s -S:text -t:write -T -v --force --symbolic --no-dereference --relative --verbose --backup? --target-directory=write',
  },
  install: {
    asks: asks('It copies files.'),
    args: 'read* write',
    into: true,
    flags: '-b -c -C -d -D -g:text -m:text -o:text -p -s -t:write -T -v --mode=text --owner=text --group=text',
  },
  'chmod chown chgrp': {
    asks: asks('It changes who may read, write or run files.'),
    args: 'text write*',
    flags: '-c -f -h -R -v -x -w -r --recursive --verbose --reference=list --no-dereference --changes',
  },
  truncate: { asks: asks('It cuts files.'), args: 'write*', flags: '-c -o -r:list -s:text --size=text --no-create' },
  dd: { asks: asks('It copies bytes from one place to another.'), args: 'text*', raw: true, scatters: true },
  'split csplit': {
    asks: asks('It writes parts of a file.'),
    args: 'read text',
    flags: '-a:text -b:text -C:text -d -e -l:text -n:text -x',
    scatters: true,
  },
  mkfifo: { args: 'write*', flags: '-m:text' },
  mktemp: {
    asks: asks('It makes a file.'),
    args: 'text',
    flags: '-d -q -u -t -p:text --directory --dry-run --tmpdir? --suffix=text',
  },
  rename: scatter('It renames files.'),
  rsync: scatter('It copies files, perhaps over a network.'),
  'zip 7z 7za gunzip bunzip2 unxz unzstd lz4 cpio ar unrar': scatter('It packs or unpacks files.'),
  patch: scatter('It changes the files that a patch names.'),
  'prettier eslint biome black ruff isort gofmt goimports rustfmt clang-format shfmt stylelint': {
    ...scatter('It rewrites files, and loads settings that may be programs.'),
    asks: asks('It rewrites files, and loads settings that may be programs.', 'runs'),
  },
  'sponge ed ex vi vim nvim nano emacs pico micro code subl joe view rvim': {
    asks: asks('An editor writes what it is told, and can run programs.', 'runs'),
    args: 'text*',
    raw: true,
    scatters: true,
  },
};
