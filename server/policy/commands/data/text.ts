/** Programs that search and rearrange text. */
import type { SpecTable } from '../spec.ts';

export const TEXT: SpecTable = {
  'grep egrep fgrep zgrep': {
    args: 'text read*',
    none: 'read .',
    instead: '-e -f --regexp --file',
    counts: true,
    recursion: {
      flags: ['-r', '-R', '--recursive', '--dereference-recursive', '-d', '--directories'],
      follow: ['-R', '--dereference-recursive'],
    },
    flags: `-a -b -c -E -F -G -h -H -i -I -l -L -n -o -P -q -r -R -s -T -U -v -w -x -y -z -Z -A:text -B:text -C:text -d:text -D:text
      -e:text -f:read -m:text --after-context=text --before-context=text --context=text --basic-regexp --binary
      --binary-files=text --byte-offset --color? --colour? --count --dereference-recursive --devices=text --directories=text
      --exclude=text --exclude-dir=text --extended-regexp --file=read --files-with-matches --files-without-match
      --fixed-strings --ignore-case --include=text --initial-tab --invert-match --label=text --line-buffered --line-number
      --line-regexp --max-count=text --no-filename --no-ignore-case --no-messages --null --null-data --only-matching
      --perl-regexp --quiet --recursive --regexp=text --silent --text --with-filename --word-regexp --exclude-from=read`,
  },
  'rg ripgrep': {
    args: 'text read*',
    none: 'read .',
    instead: '-e -f --regexp --file --files --type-list',
    recursion: {
      hidden: ['--hidden', '-.', '-u', '--unrestricted', '-uu', '-uuu'],
      follow: ['-L', '--follow'],
    },
    flags: `-a -b -c -F -h -H -i -I -l -L -n -N -o -p -P -q -s -S -u -v -V -w -x -z -0 -. -U -A:text -B:text -C:text -E:text -e:text
      -f:read -g:text -j:text -m:text -M:text -r:text -t:text -T:text -d:text --after-context=text --auto-hybrid-regex
      --before-context=text --block-buffered --byte-offset --case-sensitive --color=text --colors=text --column --context=text
      --context-separator=text --count --count-matches --crlf --debug --encoding=text --engine=text --field-context-separator=text
      --field-match-separator=text --file=read --files --files-with-matches --files-without-match --fixed-strings --follow
      --glob=text --glob-case-insensitive --heading --help --hidden --iglob=text --ignore-case --include-zero --invert-match
      --json --line-buffered --line-number --line-regexp --max-columns=text --max-columns-preview --max-count=text --max-depth=text
      --max-filesize=text --mmap --multiline --multiline-dotall --no-config --no-filename --no-heading --no-ignore
      --no-ignore-vcs --no-line-number --no-messages --no-mmap --null --null-data --one-file-system --only-matching
      --passthru --path-separator=text --pcre2 --pretty --quiet --regexp=text --replace=text --search-zip --smart-case --sort=text
      --sortr=text --stats --text --threads=text --trim --type=text --type-not=text --type-list --unrestricted --version --vimgrep
      --with-filename --word-regexp`,
    asks: {
      '--pre': ['runs', 'It runs a program on each file.'],
      '--hostname-bin': ['runs', 'It runs a program.'],
      '--ignore-file': ['system', 'It reads rules from a file.'],
    },
  },
  ack: {
    args: 'text read*',
    flags: '-i -l -n -w -v -c -A:text -B:text -C:text',
    none: 'read .',
    recursion: { flags: [] },
  },
  sed: {
    args: 'text read*',
    instead: '-e -f --expression --file',
    check: 'sed',
    flags:
      '-n -e:text -E -r -s -u -z -l:text -b --quiet --silent --expression=text --regexp-extended --separate --unbuffered --null-data --posix --sandbox --debug --line-length=text',
    asks: {
      '-i': ['writes', 'It changes its files in place.'],
      '--in-place': ['writes', 'It changes its files in place.'],
      '-f': ['runs', 'Its script stands in a file, and may write and run.'],
      '--file': ['runs', 'Its script stands in a file, and may write and run.'],
    },
  },
  'awk gawk mawk nawk': {
    args: 'text read*',
    instead: '-f --file -e --source',
    check: 'awk',
    flags:
      '-F:text -v:text -e:text -M -S --sandbox --field-separator=text --assign=text --source=text --re-interval --posix --traditional',
    asks: {
      '-f': ['runs', 'Its program stands in a file, and may write and run.'],
      '--file': ['runs', 'Its program stands in a file, and may write and run.'],
    },
  },
  sort: {
    args: 'read*',
    flags: `-b -c -C -d -f -g -h -i -k:text -m -M -n -r -R -s -S:text -t:text -u -V -z -o:write --ignore-leading-blanks --dictionary-order
      --ignore-case --general-numeric-sort --human-numeric-sort --ignore-nonprinting --month-sort --numeric-sort --reverse
      --random-sort --sort=text --version-sort --check? --key=text --field-separator=text --merge --stable --unique
      --zero-terminated --parallel=text --buffer-size=text --output=write --debug`,
    asks: {
      '--compress-program': ['runs', 'It runs a program.'],
      '--files0-from': ['system', 'It reads what a list of names says.'],
      '-T': ['writes', 'It writes in a folder.'],
      '--random-source': ['system', 'It reads a device.'],
    },
  },
  uniq: {
    args: 'read write',
    flags:
      '-c -d -D -i -u -z -f:text -s:text -w:text --count --repeated --unique --ignore-case --skip-fields=text --skip-chars=text --check-chars=text --all-repeated? --group?',
  },
  cut: {
    args: 'read*',
    flags:
      '-b:text -c:text -d:text -f:text -n -s -z --bytes=text --characters=text --delimiter=text --fields=text --only-delimited --output-delimiter=text --complement --zero-terminated',
  },
  paste: { args: 'read*', flags: '-d:text -s -z --delimiters=text --serial' },
  join: {
    args: 'read read',
    flags:
      '-a:text -e:text -i -j:text -o:text -t:text -v:text -1:text -2:text -z --header --check-order --nocheck-order --ignore-case',
  },
  tr: { args: 'text text', flags: '-c -C -d -s -t --complement --delete --squeeze-repeats --truncate-set1' },
  'fold fmt': {
    args: 'read*',
    flags:
      '-b -s -w:text -c -t -u -p:text -g:text --bytes --spaces --width=text --crown-margin --split-only --uniform-spacing',
    counts: true,
  },
  column: {
    args: 'read*',
    flags:
      '-t -s:text -o:text -n -x -c:text -N:text -R:text -J -L -e --table --separator=text --output-separator=text --json --table-columns=text',
  },
  'expand unexpand': { args: 'read*', flags: '-i -t:text -a --initial --tabs=text --all --first-only' },
  'rev tsort': { args: 'read*' },
  pr: { args: 'read*', flags: '-a -d -F -h:text -l:text -m -n -o:text -t -T -w:text -W:text', counts: true },
  shuf: {
    args: 'text*',
    check: 'shuf',
    flags: '-e -i:text -n:text -r -z --echo --input-range=text --head-count=text --repeat',
    asks: { '-o': ['writes', 'It writes a file.'], '--output': ['writes', 'It writes a file.'] },
  },
  seq: { raw: true, args: 'text*' },
  'base64 base32 basenc': {
    args: 'read',
    flags: '-d -D -i -w:text --decode --ignore-garbage --wrap=text --base64 --base64url --base32 --base16',
    asks: { '-o': ['writes', 'It writes a file.'], '--output': ['writes', 'It writes a file.'] },
  },
  jq: {
    args: 'text read*',
    instead: '-f --from-file',
    check: 'jq',
    flags: `-n -r -j -a -s -c -C -M -S -e -R -b --null-input --raw-output --raw-output0 --join-output --ascii-output --slurp --compact-output
      --color-output --monochrome-output --sort-keys --exit-status --raw-input --tab --indent=text --unbuffered --seq --stream --arg=text,text --argjson=text,text`,
    asks: {
      '-f': ['runs', 'Its filter stands in a file.'],
      '--from-file': ['runs', 'Its filter stands in a file.'],
      '-L': ['runs', 'It loads filters from a folder.'],
    },
  },
  yq: {
    args: 'text read*',
    flags: '-r -o:text -p:text -P -j -C -M -e -N --prettyPrint --output-format=text --no-colors --raw-output',
    check: 'yq',
    asks: {
      '-i': ['writes', 'It changes its file in place.'],
      '--inplace': ['writes', 'It changes its file in place.'],
    },
  },
  iconv: {
    args: 'read*',
    flags: '-f:text -t:text -c -l -s --from-code=text --to-code=text --list',
    asks: { '-o': ['writes', 'It writes a file.'] },
  },
  xmllint: {
    args: 'read*',
    flags: '--noout --format --xpath=text --nonet',
    asks: { '--output': ['writes', 'It writes a file.'] },
  },
  numfmt: {
    args: 'text*',
    flags: '-d:text --field=text --from=text --to=text --suffix=text --padding=text --grouping --header?',
  },
  bc: { args: '', flags: '-l -q' },
  expr: { raw: true, args: 'text*' },
  factor: { raw: true, args: 'text*' },
};
