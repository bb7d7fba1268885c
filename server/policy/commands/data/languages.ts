/** Interpreters and compilers: they run or translate whatever they are given. */
import type { SpecTable, SpecText } from '../spec.ts';

const runs = (told: string): SpecText => ({
  asks: { '': ['runs', 'It runs code: what it is given, or what the repository holds.'] },
  args: 'text*',
  raw: true,
  told,
});

export const LANGUAGES: SpecTable = {
  node: runs('-v --version -h --help'),
  'nodejs bun': runs('-v --version'),
  deno: runs('-V --version'),
  'python python2 python3 pypy pypy3': runs('-V --version -h --help'),
  'ruby perl php lua luajit': runs('-v --version'),
  'R Rscript julia ghc runghc groovy elixir iex swipl ocaml racket guile irb raku perl5': runs('--version'),
  // Words that they do not know they take for the name of a script, or for none: then they run what they are fed.
  'erl tclsh wish expect osascript scala kotlin clojure kotlinc scalac flutter': runs(''),
  'java javac': runs('-version --version'),
  'gcc g++ cc c++ clang clang++ ld': runs('--version -v'),
  'as nasm rustdoc zig swiftc dart tcc gfortran': runs('--version'),
  'strace ltrace valgrind gdb lldb perf rr script unshare nsenter chroot runuser su pkexec parallel flatpak-spawn ld.so ld-linux.so.2 ld-linux-x86-64.so.2 firejail bwrap proot fakeroot dbus-run-session xvfb-run script entr':
    {
      asks: { '': ['runs', 'It starts another program in a way that is not followed here.'] },
      args: 'text*',
      raw: true,
    },
  'sqlite3 psql mysql mariadb mongo mongosh redis-cli duckdb': {
    asks: { '': ['runs', 'It works on a database, and can run programs.'] },
    args: 'text*',
    raw: true,
    told: '--version',
  },
  sqlcmd: { asks: { '': ['runs', 'It works on a database, and can run programs.'] }, args: 'text*', raw: true },
  man: { asks: { '': ['runs', 'It opens a pager.'] }, args: 'text*', raw: true },
};
