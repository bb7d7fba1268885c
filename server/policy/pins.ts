/** What a command runs besides its own program, as far as that stands in a file: what a standing rule for it is pinned to. */
import type { GrantPin } from '../../shared/grant.ts';
import { SHELLS, WRAPPERS } from './commands/data/wrappers.ts';
import type { Exact } from './standing.ts';
import type { World } from './world.ts';

export type PinWanted = Omit<GrantPin, 'sha256'>;

/** The files, or why no rule can be made: what it runs is in no file that could be held to what it is. */
export type Pins = { ok: true; pins: PinWanted[] } | { ok: false; why: string };

export function pinsOf({ words, cwd, program, path }: Exact, world: World): Pins {
  const name = (words[0] ?? '').replace(/^.*\//, '');
  const own: PinWanted[] = program === 'workspace' ? [{ what: 'file', path }] : [];
  const more = pinsByName(name, words.slice(1), { cwd, world });
  return more.ok ? { ok: true, pins: [...own, ...more.pins] } : more;
}

interface Place {
  cwd: string;
  world: World;
}

const NONE: Pins = { ok: true, pins: [] };
const no = (why: string): Pins => ({ ok: false, why });

function pinsByName(name: string, words: readonly string[], place: Place): Pins {
  if (Object.hasOwn(WRAPPERS, name) || STARTERS.has(name))
    return no(`${name} starts another program: make a rule for that one.`);
  if (name === 'find' && words.some((word) => /^-(?:exec|ok)/.test(word)))
    return no('find would start other programs.');
  if (RUNNERS.has(name)) return scripts(name, words, place);
  if (FETCHERS.has(name)) return no(`${name} runs a package that nobody can hold to what it is.`);
  if (SHELLS.has(name) || INTERPRETERS.test(name)) return script(name, words, place);
  return name === 'make' || name === 'gmake' ? makefile(words, place) : NONE;
}

/** Package runners: what they run stands in the scripts of the nearest package.json, and .npmrc can name another shell for it. */
function scripts(name: string, words: readonly string[], { cwd, world }: Place): Pins {
  const [sub] = words;
  if (sub === undefined || !SCRIPT_SUBS.has(sub))
    return no(`Of ${name}, rules are made for scripts of package.json alone.`);
  const folder = foldersUp(cwd).find((one) => isFile(world, below(one, 'package.json')));
  if (folder === undefined) return no('There is no package.json whose scripts it would run.');
  const others = ['.npmrc', ...(name === 'yarn' ? ['.yarnrc.yml'] : [])];
  const settings = [...new Set([folder, '.'])].flatMap((one) => others.map((file) => below(one, file)));
  return {
    ok: true,
    pins: [
      { what: 'scripts', path: below(folder, 'package.json') },
      ...settings.map((path) => ({ what: 'file' as const, path })),
    ],
  };
}

/** Interpreters: a file of the workspace, named first. Code in the words is refused: it can take in any file beside it. */
function script(name: string, words: readonly string[], { cwd, world }: Place): Pins {
  const [file] = words;
  if (file === undefined || file.startsWith('-')) return no(`What ${name} runs stands in no file that is named first.`);
  const found = world.entry(cwd, file);
  if (found.at !== 'inside' || found.kind !== 'file')
    return no(`${name} would run ${file}, which is no file of the workspace.`);
  return { ok: true, pins: [{ what: 'file', path: found.path }] };
}

function makefile(words: readonly string[], { cwd, world }: Place): Pins {
  if (words.some((word) => /^-(?!j\d*$|s$|k$|n$|B$)/.test(word) || word.includes('=')))
    return no('With these flags nobody can hold make to what it runs.');
  const names = ['GNUmakefile', 'makefile', 'Makefile'].map((file) => below(cwd, file));
  const found = names.findIndex((path) => isFile(world, path));
  if (found < 0) return no('There is no makefile here.');
  // One of another name would be taken before it.
  return { ok: true, pins: names.slice(0, found + 1).map((path) => ({ what: 'file', path })) };
}

const below = (folder: string, name: string) => (folder === '.' ? name : `${folder}/${name}`);

function isFile(world: World, path: string): boolean {
  const found = world.entry('.', path);
  return found.at === 'inside' && found.kind === 'file';
}

/** The folder, and each above it to the root of the workspace. */
function foldersUp(cwd: string): string[] {
  const names = cwd === '.' ? [] : cwd.split('/');
  return [...names.map((_name, i) => names.slice(0, names.length - i).join('/')), '.'];
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const RUNNERS = set('npm pnpm yarn bun');
const SCRIPT_SUBS = set('test t tst run run-script start stop restart');
const FETCHERS = set('npx bunx pnpx corepack pipx uvx dlx uv poetry pdm conda mamba');
const INTERPRETERS =
  /^(?:node|nodejs|deno|tsx|ts-node|python|pypy|ruby|perl|raku|php|lua|luajit|R|Rscript|julia|ghc|runghc|scala|kotlin|groovy|clojure|elixir|iex|erl|swipl|ocaml|racket|guile|tclsh|expect|osascript|irb|java|awk|gawk|mawk|fish|csh|tcsh|pwsh|nu)[\d.]*$/;
const STARTERS = set(
  'strace ltrace valgrind gdb lldb perf rr script unshare nsenter chroot runuser su pkexec parallel flatpak-spawn firejail bwrap proot fakeroot dbus-run-session xvfb-run entr ssh docker podman nerdctl systemd-run at batch crontab screen tmux',
);
