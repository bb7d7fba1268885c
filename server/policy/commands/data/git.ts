/** git by its subcommands: those that only read, and with which words. All others are asked for. */
import type { Cause, SpecTable, SpecText } from '../spec.ts';

const RUNS_GPG = 'It runs the program that checks signatures.';
const RUNS_EXT = 'It runs the program that the repository names for it.';

/** How a difference is shown; what writes or runs is not among it. */
const DIFF = `-p -u --patch -s --no-patch -U:text --unified=text --raw --patch-with-raw --minimal --patience --histogram --anchored=text
  --diff-algorithm=text --stat? --compact-summary --numstat --shortstat --dirstat? --cumulative --summary --patch-with-stat -z
  --name-only --name-status --submodule? --color? --no-color --color-moved? --word-diff? --word-diff-regex=text --color-words?
  --no-renames --full-index --binary --abbrev? -B? -M? -C? -D --find-renames? --find-copies? --find-copies-harder
  --diff-filter=text -S:text -G:text --pickaxe-all --pickaxe-regex -R --relative? --no-relative -a --text --ignore-cr-at-eol
  --ignore-space-at-eol -b --ignore-space-change -w --ignore-all-space --ignore-blank-lines -I:text --inter-hunk-context=text
  -W --function-context --exit-code --quiet --no-ext-diff --no-textconv --ignore-submodules? --src-prefix=text
  --dst-prefix=text --no-prefix --default-prefix --line-prefix=text --ita-invisible-in-index --merge-base --cc -c -m --combined-all-paths --check`;

const LOG = `${DIFF} --oneline --graph --all --decorate? --no-decorate --decorate-refs=text --source --log-size --follow --full-diff --stdin -n:text --max-count=text
  --skip=text --since=text --after=text --until=text --before=text --author=text --committer=text --grep=text --all-match --invert-grep
  -i --regexp-ignore-case -E --extended-regexp -F --fixed-strings -P --perl-regexp --basic-regexp --merges --no-merges
  --min-parents=text --max-parents=text --first-parent --not --branches? --tags? --remotes? --glob=text --exclude=text --reflog -g --walk-reflogs
  --bisect --cherry-pick --cherry --cherry-mark --left-right --left-only --right-only --boundary --simplify-by-decoration --full-history --dense
  --sparse --simplify-merges --ancestry-path? --date-order --author-date-order --topo-order --reverse --no-walk? --pretty? --format=text
  --abbrev-commit --no-abbrev-commit --encoding=text --expand-tabs? --notes? --no-notes --show-notes? --relative-date --date=text
  --parents --children --show-linear-break? -L:rev --clear-decorations --mailmap --no-mailmap --use-mailmap -t --count --objects --timestamp --show-pulls`;

const EXT: NonNullable<SpecText['asks']> = {
  '--ext-diff': ['runs', RUNS_EXT],
  '--textconv': ['runs', RUNS_EXT],
  '--output': ['writes', 'It writes a file.'],
  '-O': ['runs', 'It reads an order from a file, or opens a pager.'],
  '--show-signature': ['runs', RUNS_GPG],
};

const log = (more: Partial<SpecText> = {}): SpecText => ({
  args: 'rev*',
  check: 'log',
  counts: true,
  flags: LOG,
  asks: EXT,
  ...more,
});
const ask = (why: string, cause: Cause = 'writes'): SpecText => ({
  asks: { '': [cause, why] },
  args: 'text*',
  raw: true,
});
const many = (names: string, spec: SpecText) => Object.fromEntries(names.split(' ').map((name) => [name, spec]));
const scatter = (why: string): SpecText => ({ ...ask(why), scatters: true });

const READS: Readonly<Record<string, SpecText>> = {
  status: {
    args: 'list*',
    flags:
      '-s --short -b --branch --show-stash --porcelain? --long -v -u? --untracked-files? --ignore-submodules? --ignored? -z --column? --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?',
  },
  log: log(),
  show: log(),
  diff: log({
    flags: `${LOG} --cached --staged -1 -2 -3 --base --ours --theirs -0`,
    asks: { ...EXT, '--no-index': ['system', 'It compares files outside of git.'] },
  }),
  'diff-tree': log({ flags: `${LOG} -r --root --no-commit-id -v --stdin` }),
  'diff-index': log({ flags: `${LOG} --cached` }),
  'diff-files': log(),
  whatchanged: log(),
  shortlog: log({ flags: `${LOG} -n -s --summary -e --email --numbered --group=text -w?` }),
  reflog: {
    isOpen: true,
    subs: {
      '': log(),
      show: log(),
      exists: { args: 'text' },
      list: {},
      ...many('expire delete drop write', ask('It changes what git remembers of its branches.')),
    },
  },
  'rev-list': log({ flags: `${LOG} --disk-usage? --header --no-object-names` }),
  'rev-parse': {
    args: 'rev*',
    flags: `--verify -q --quiet --short? --symbolic --symbolic-full-name --abbrev-ref? --all --branches? --tags? --remotes? --show-toplevel
      --show-prefix --show-cdup --git-dir --absolute-git-dir --git-common-dir --is-inside-work-tree --is-inside-git-dir
      --is-bare-repository --is-shallow-repository --show-superproject-working-tree --local-env-vars --revs-only --no-revs --flags --no-flags --show-object-format?`,
  },
  blame: {
    args: 'rev*',
    flags:
      '-b --root --show-stats -L:text -l -t -w -s -f -n -e -p -M? -C? -c --porcelain --line-porcelain --incremental --since=text --date=text --abbrev=text --show-name --show-number --show-email --color-lines --color-by-age --ignore-rev=text --first-parent',
    asks: {
      '-S': ['system', 'It reads a list from a file.'],
      '--contents': ['system', 'It reads another file.'],
      '--ignore-revs-file': ['system', 'It reads another file.'],
    },
  },
  annotate: { args: 'rev*', flags: '-L:text -w' },
  branch: {
    args: 'text*',
    check: 'listing',
    flags: `-a --all -r --remotes -v --verbose -l --list --show-current --contains? --no-contains? --merged? --no-merged? --points-at=text --sort=text
      --format=text --color? --no-color --column? --no-column --abbrev? -i --ignore-case --omit-empty`,
    asks: {
      '-d': ['writes', 'It deletes a branch.'],
      '-D': ['writes', 'It deletes a branch.'],
      '-m': ['writes', 'It renames a branch.'],
      '-M': ['writes', 'It renames a branch.'],
      '-c': ['writes', 'It copies a branch.'],
      '-C': ['writes', 'It copies a branch.'],
      '-f': ['writes', 'It moves a branch.'],
      '--delete': ['writes', 'It deletes a branch.'],
      '--move': ['writes', 'It renames a branch.'],
      '--copy': ['writes', 'It copies a branch.'],
      '--force': ['writes', 'It moves a branch.'],
      '--edit-description': ['runs', 'It opens an editor.'],
      '-u': ['writes', 'It changes what a branch follows.'],
    },
  },
  tag: {
    args: 'text*',
    check: 'listing',
    flags:
      '-l --list -n? --contains? --no-contains? --merged? --no-merged? --points-at=text --sort=text --format=text --color? --column? --no-column -i --ignore-case --omit-empty',
    asks: {
      '-d': ['writes', 'It deletes a tag.'],
      '--delete': ['writes', 'It deletes a tag.'],
      '-a': ['writes', 'It makes a tag.'],
      '-s': ['writes', 'It makes a tag.'],
      '-f': ['writes', 'It moves a tag.'],
      '-v': ['runs', 'It runs gpg.'],
    },
  },
  describe: {
    args: 'text*',
    flags:
      '--dirty? --broken? --all --tags --contains --abbrev=text --candidates=text --exact-match --debug --long --match=text --exclude=text --always --first-parent',
  },
  'name-rev': { args: 'text*', flags: '--tags --refs=text --exclude=text --all --name-only --no-undefined --always' },
  'merge-base': { args: 'text*', flags: '-a --all --octopus --independent --is-ancestor --fork-point' },
  'show-ref': {
    args: 'text*',
    flags: '--head --heads --branches --tags -d --dereference -s --hash? --verify -q --quiet --abbrev? --exists',
  },
  'for-each-ref': {
    args: 'text*',
    counts: true,
    flags:
      '--count=text --sort=text --format=text --color? --points-at=text --merged? --no-merged? --contains? --no-contains? --ignore-case --omit-empty',
  },
  'show-branch': {
    args: 'text*',
    flags: '-r -a --remotes --all --current --list --sha1-name --no-name --topo-order --more=text',
  },
  'ls-files': {
    args: 'list*',
    flags:
      '-c --cached -d --deleted -m --modified -o --others -i --ignored -s --stage -u --unmerged -k --killed -t -v -f -z --directory --no-empty-directory --eol --exclude-standard --full-name --error-unmatch --deduplicate --abbrev? --recurse-submodules -x:text --exclude=text --format=text --resolve-undo',
    asks: { '-X': ['system', 'It reads rules from a file.'] },
  },
  'ls-tree': {
    args: 'rev*',
    flags:
      '-d -r -t -l --long -z --name-only --name-status --object-only --full-name --full-tree --abbrev? --format=text',
  },
  'cat-file': {
    args: 'rev*',
    flags: '-t -s -e -p',
    asks: { '--textconv': ['runs', RUNS_EXT], '--filters': ['runs', RUNS_EXT] },
  },
  'check-ignore': { args: 'list*', flags: '-q --quiet -v --verbose -n --non-matching -z --no-index' },
  'check-attr': { args: 'text*', flags: '-a --all --cached -z' },
  'count-objects': { flags: '-v -H --verbose --human-readable' },
  grep: {
    args: 'text rev*',
    below: true,
    instead: '-e',
    none: 'read .',
    counts: true,
    recursion: { isTracked: true },
    flags: `--cached -a --text -i --ignore-case -I --max-depth=text -r --recursive --no-recursive -w --word-regexp -v --invert-match -h -H --full-name -E
      --extended-regexp -G --basic-regexp -P --perl-regexp -F --fixed-strings -n --line-number --column -l --files-with-matches --name-only
      -L --files-without-match -z --null -o --only-matching -c --count --color? --no-color --break --heading -p --show-function
      -C:text --context=text -A:text --after-context=text -B:text --before-context=text -W --function-context -m:text --max-count=text -e:text
      --and --or --not --all-match -q --quiet --threads=text`,
    asks: {
      '-O': ['runs', 'It opens what it finds in a pager that its words name.'],
      '--open-files-in-pager': ['runs', 'It opens what it finds in a pager that its words name.'],
      '-f': ['system', 'It reads patterns from a file.'],
      '--no-index': ['system', 'It searches what git does not keep.'],
      '--untracked': ['system', 'It searches what git does not keep.'],
      '--textconv': ['runs', RUNS_EXT],
    },
  },
  stash: { subs: { list: log(), show: log({ flags: `${LOG} --include-untracked --only-untracked` }) } },
  remote: {
    subs: {
      '': { flags: '-v --verbose' },
      show: ask('It asks the other side.', 'fetches'),
      'get-url': { args: 'text', flags: '--push --all' },
    },
    flags: '-v --verbose',
  },
  worktree: { subs: { list: { flags: '--porcelain -z -v --verbose' } } },
  submodule: { subs: { '': {}, status: { args: 'list*', flags: '--cached --recursive' } } },
  'symbolic-ref': { args: 'text', flags: '-q --quiet --short --no-recurse' },
  cherry: { args: 'rev rev rev', flags: '-v --verbose --abbrev?' },
  'range-diff': log({ flags: `${LOG} --creation-factor=text --dual-color --no-dual-color` }),
  'hash-object': {
    args: 'read*',
    flags: '-t:text --stdin --no-filters --literally --path=list',
    asks: { '-w': ['writes', 'It writes an object.'] },
  },
  bisect: { subs: { log: {} } },
  notes: { subs: { '': {}, list: { args: 'text' }, show: { args: 'text' } } },
  config: {
    args: 'plain',
    check: 'config',
    instead: '--get --get-all',
    flags:
      '--get:plain --get-all:plain --local --show-origin --show-scope --name-only --type=text --bool --int --path -z --null --default=text',
  },
  version: { flags: '--build-options' },
  help: { args: 'plain', asks: { '': ['runs', 'It opens a pager or a browser.'] } },
  var: { args: 'plain', asks: { '-l': ['tells', 'Settings of git can hold addresses with passwords.'] } },
};

const WRITES: Readonly<Record<string, SpecText>> = {
  'add rm mv': ask('It changes what git will commit.'),
  commit: ask('It makes a commit, and runs the hooks of the repository.', 'runs'),
  'checkout switch restore reset revert cherry-pick merge rebase am apply pull read-tree sparse-checkout': scatter(
    'It changes files to what git has of them.',
  ),
  clean: ask('It deletes what git does not keep.'),
  'push fetch clone ls-remote archive bundle': ask('It reaches another repository.', 'fetches'),
};

export const GIT: SpecTable = {
  git: {
    flags: '--no-pager --version --no-optional-locks --literal-pathspecs --glob-pathspecs --no-replace-objects -P',
    asks: {
      '-c': ['runs', 'A setting of git can name a program that it runs.'],
      '--config-env': ['runs', 'A setting of git can name a program that it runs.'],
      '--exec-path': ['runs', 'It takes its own programs from another folder.'],
      '-C': ['system', 'It works in another folder.'],
      '--git-dir': ['runs', 'It obeys the settings of another repository.'],
      '--work-tree': ['system', 'It works in another folder.'],
      '--namespace': ['system', 'It works on other names.'],
      '-p': ['runs', 'It opens a pager.'],
      '--paginate': ['runs', 'It opens a pager.'],
    },
    isRepository: true,
    subs: {
      '': {},
      ...READS,
      ...Object.assign({}, ...Object.entries(WRITES).map(([names, spec]) => many(names, spec))),
    },
  },
};
