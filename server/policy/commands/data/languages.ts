/** Interpreters and compilers: they run or translate whatever they are given. */
import type { SpecTable, SpecText } from '../spec.ts';

/** Its version and nothing else. */
const versioned = (flags: string): SpecText => ({ flags, args: 'text*', check: 'version' });

export const LANGUAGES: SpecTable = {
  node: versioned('-v --version'),
  'nodejs deno bun': versioned('-v -V --version'),
  'python python2 python3 pypy pypy3': versioned('-V --version'),
  'ruby perl php lua luajit R Rscript julia ghc runghc scala kotlin groovy clojure elixir iex erl swipl ocaml racket guile tclsh expect osascript irb':
    versioned('-v --version'),
  'perl5 raku': versioned('-v --version'),
  java: { words: true, flags: '-version --version', args: 'text*', check: 'version' },
  javac: { words: true, flags: '-version --version', args: 'text*', check: 'version' },
  'gcc g++ cc c++ clang clang++ ld as nasm rustdoc zig swiftc kotlinc scalac dart flutter tcc gfortran':
    versioned('--version -v'),
  'strace ltrace valgrind gdb lldb perf rr script unshare nsenter chroot runuser su pkexec parallel flatpak-spawn ld.so ld-linux.so.2 ld-linux-x86-64.so.2 firejail bwrap proot fakeroot dbus-run-session xvfb-run script entr':
    {
      asks: { '': ['runs', 'It starts another program in a way that is not followed here.'] },
      args: 'text*',
      raw: true,
    },
  'sqlite3 psql mysql mariadb mongo mongosh redis-cli duckdb sqlcmd': {
    asks: { '': ['runs', 'It works on a database, and can run programs.'] },
    args: 'text*',
    raw: true,
  },
  man: { asks: { '': ['runs', 'It opens a pager.'] }, args: 'text*', raw: true },
};
