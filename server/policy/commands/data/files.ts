/** Programs that look at files: which are there, how large, what is in them. */
import type { SpecTable } from '../spec.ts';

export const FILES: SpecTable = {
  'ls dir vdir': {
    args: 'list*',
    none: 'list .',
    flags: `-a -A -b -B -c -C -d -f -F -g -G -h -H -i -k -l -L -m -n -N -o -p -q -Q -r -R -s -S -t -u -U -v -x -X -Z -1
      -I:text -T:text -w:text --all --almost-all --author --color? --classify? --directory --escape --file-type --format=text
      --full-time --group-directories-first --human-readable --hide=text --ignore=text --indicator-style=text --inode --literal
      --no-group --numeric-uid-gid --quote-name --recursive --reverse --si --size --sort=text --time=text --time-style=text
      --width=text --block-size=text --hyperlink? --dereference --zero --show-control-chars --hide-control-chars`,
  },
  'exa eza lsd': {
    args: 'list*',
    none: 'list .',
    flags:
      '-a -l -1 -R -T -h -r -d -F -L:text -s:text --all --long --tree --level=text --git --icons --header --sort=text --git-ignore',
  },
  tree: {
    args: 'list*',
    none: 'list .',
    flags: `-a -d -l -f -x -L:text -P:text -I:text -i -q -N -p -u -g -s -h -D -F -v -t -c -U -r -n -C -A -S -J -X
      --noreport --dirsfirst --filesfirst --prune --gitignore --ignore-case --matchdirs --charset=text --filelimit=text
      --si --du --inodes --sort=text --metafirst --timefmt=text`,
    asks: {
      '-o': ['writes', 'It writes a file.'],
      '-H': ['writes', 'It writes a page.'],
      '-R': ['runs', 'It starts itself again in folders, and can write a page in each.'],
    },
  },
  du: {
    args: 'list*',
    none: 'list .',
    flags: `-a -b -c -h -H -k -l -L -m -P -s -S -x -0 -d:text -t:text -B:text --all --apparent-size --bytes --total
      --max-depth=text --human-readable --summarize --si --exclude=text --threshold=text --time? --block-size=text
      --one-file-system --separate-dirs --inodes`,
  },
  stat: { args: 'list*', flags: '-L -f -t -c:text --format=text --printf=text --terse --dereference -x' },
  file: {
    args: 'read*',
    flags: '-b -i -L -h -k -N -p -r -s -z -0 --brief --mime --mime-type --mime-encoding --dereference --keep-going',
  },
  'basename dirname': { args: 'text*', raw: true },
  realpath: {
    args: 'list*',
    flags:
      '-e -m -L -P -q -s -z --canonicalize-existing --canonicalize-missing --relative-to=list --relative-base=list --no-symlinks',
  },
  readlink: { args: 'list*', flags: '-f -e -m -n -q -s -v -z --canonicalize' },
  pathchk: { args: 'text*', flags: '-p -P' },
  find: {
    args: 'list*',
    none: 'list .',
    words: true,
    flags: `-H -L -P -maxdepth:plain -mindepth:plain -name:text -iname:text -path:text -ipath:text -wholename:text -iwholename:text
      -regex:text -iregex:text -regextype:text -lname:text -ilname:text -type:plain -xtype:plain -size:plain -empty -newer:list
      -anewer:list -cnewer:list -newermt:text -newerat:text -newerct:text -mtime:plain -atime:plain -ctime:plain -mmin:plain -amin:plain -cmin:plain
      -perm:text -user:text -group:text -uid:plain -gid:plain -nouser -nogroup -links:plain -inum:plain -samefile:list
      -readable -writable -executable -prune -print -print0 -printf:text -ls -quit -true -false -depth -d -mount -xdev
      -follow -daystart -not -and -or -a -o -noleaf -warn -nowarn -used:plain -fstype:plain -ignore_readdir_race`,
    asks: {
      '-delete': ['writes', 'It deletes what it finds.'],
      '-fprint': ['writes', 'It writes a file.'],
      '-fprint0': ['writes', 'It writes a file.'],
      '-fprintf': ['writes', 'It writes a file.'],
      '-fls': ['writes', 'It writes a file.'],
    },
  },
  'fd fdfind': {
    args: 'text list*',
    flags: `-H -I -u -s -i -g -F -a -l -L -p -0 -1 -q -t:text -e:text -E:text -d:text -c:text -S:text --hidden --no-ignore --type=text
      --extension=text --exclude=text --max-depth=text --min-depth=text --glob --fixed-strings --absolute-path --full-path
      --follow --color=text --max-results=text --changed-within=text --changed-before=text --case-sensitive --ignore-case`,
    asks: {
      '-x': ['runs', 'It runs a program for what it finds.'],
      '-X': ['runs', 'It runs a program for what it finds.'],
    },
  },
  locate: { asks: { '': ['system', 'It searches the whole machine.'] }, args: 'text*' },
  'cat tac': {
    args: 'read*',
    flags:
      '-A -b -e -E -n -s -t -T -u -v -r --number --number-nonblank --show-all --show-ends --show-tabs --squeeze-blank --show-nonprinting --before --regex --separator=text',
  },
  'bat batcat': {
    args: 'read*',
    flags:
      '-n -p -pp -A -l:text -r:text -H:text --plain --language=text --line-range=text --number --style=text --color=text --paging=plain --theme=text --decorations=text',
  },
  'head tail': {
    args: 'read*',
    counts: true,
    flags: `-n:text -c:text -q -v -z -f -F -r --lines=text --bytes=text --quiet --silent --verbose --zero-terminated --follow? --retry
      --sleep-interval=text -s:text --pid=text`,
  },
  nl: {
    args: 'read*',
    flags:
      '-b:text -d:text -f:text -h:text -i:text -l:text -n:text -p -s:text -v:text -w:text --body-numbering=text --number-width=text --number-format=text --number-separator=text',
  },
  wc: { args: 'read*', flags: '-c -m -l -L -w --bytes --chars --lines --words --max-line-length --total=text' },
  'md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum': {
    args: 'read*',
    flags:
      '-b -t -z -w -q -s -r -a:text --tag --zero --binary --text --algorithm=text --untagged --quiet --status --warn --strict',
    asks: {
      '-c': ['system', 'It reads what a list of names says.'],
      '--check': ['system', 'It reads what a list of names says.'],
    },
  },
  shasum: { args: 'read*', flags: '-a:text -b -t --algorithm=text --tag' },
  strings: {
    args: 'read*',
    check: 'lists',
    flags: '-a -f -n:text -o -t:text -e:text -w -s:text --all --bytes=text --radix=text --encoding=text',
    counts: true,
  },
  'od hexdump hd': {
    args: 'read*',
    flags:
      '-a -b -c -d -f -i -l -o -s:text -x -v -C -A:text -j:text -N:text -n:text -t:text -w? -e:text --address-radix=text --format=text --read-bytes=text --skip-bytes=text',
  },
  xxd: {
    args: 'read',
    flags: '-a -b -c:text -e -g:text -i -l:text -o:text -p -ps -s:text -u -C',
    asks: { '-r': ['writes', 'It turns a dump into a file.'] },
  },
  'diff colordiff': {
    args: 'read read',
    recursion: { flags: [] },
    flags: `-a -b -B -c -d -e -E -i -n -N -p -q -r -s -t -T -u -w -y -Z -C:text -U:text -W:text -I:text -F:text -x:text
      --brief --unified? --context? --side-by-side --width=text --recursive --new-file --ignore-case --ignore-all-space
      --ignore-blank-lines --ignore-space-change --ignore-trailing-space --ignore-matching-lines=text --text --minimal
      --color? --exclude=text --label=text --report-identical-files --strip-trailing-cr --suppress-common-lines --left-column
      --speed-large-files --no-dereference --normal --show-c-function --expand-tabs --initial-tab`,
  },
  cmp: {
    args: 'read read text*',
    flags: '-b -i:text -l -n:text -s --print-bytes --verbose --quiet --silent --bytes=text',
  },
  comm: {
    args: 'read read',
    flags: '-1 -2 -3 -z --check-order --nocheck-order --output-delimiter=text --total --zero-terminated',
  },
  diff3: { args: 'read read read', flags: '-a -A -e -E -m -T -x -X -3' },
  'zcat gzcat zless bzcat xzcat': { args: 'read*', flags: '-f' },
  'less more': {
    args: 'read*',
    check: 'pager',
    flags: '-N -S -R -F -X -E -n -i -r -M -m',
    asks: { '-o': ['writes', 'It writes a log.'], '-O': ['writes', 'It writes a log.'] },
  },
  tar: {
    args: 'text*',
    bundles: true,
    check: 'tar',
    flags: '-t -f:read -v -z -j -J --list --file=read --verbose --gzip --bzip2 --xz --zstd',
    told: '--version --help',
  },
  unzip: { args: 'read text*', flags: '-l -v -t -q -Z -1', check: 'unzip', told: '--help -hh' },
  'gzip bzip2 xz zstd': {
    args: 'read*',
    check: 'pack',
    flags: `-c -d -f -k -l -q -t -v -1 -2 -3 -4 -5 -6 -7 -8 -9 --stdout --to-stdout --decompress --uncompress --force --keep --list --quiet
      --test --verbose --fast --best`,
    told: '-V --version --help',
  },
  zipinfo: { args: 'read text*', flags: '-1 -s -m -l -v -h -t' },
  cloc: { args: 'list*', flags: '--exclude-dir=text --include-lang=text --quiet --json --by-file' },
  tokei: { args: 'list*', none: 'list .', flags: '-e:text -t:text -f -s:text --files --exclude=text --type=text' },
};
