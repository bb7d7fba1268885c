/** What a command is, told from its argv alone: a script, a commit, or words. Nothing is believed that the argv does not say. */
import type { CommandAction } from './action.ts';

/** What is drawn of it first. Whatever is not known by its whole argv is drawn as that argv. */
export type Drawn =
  { kind: 'script'; script: string } | { kind: 'commit'; message: string; paths: string[] | null } | { kind: 'argv' };

export function drawnOf(action: CommandAction): Drawn {
  const { argv, script } = action;
  const [shell, flag, text] = argv;
  if (argv.length === 3 && shell === '/bin/bash' && flag === '-c' && text === script) return { kind: 'script', script };
  return script === '' && action.tool === 'git_commit' ? commitOf(argv) : { kind: 'argv' };
}

/** Git without hooks, monitor, signing or upkeep: options, and settings given as `-c name=value`. */
const GIT = String.raw`git --no-pager --literal-pathspecs(?: -c [A-Za-z.]+=(?:false|0|/dev/null))*`;
const COMMIT_ALL = new RegExp(String.raw`^${GIT} commit --all --no-verify$`);
/** The words come as parameters, so that nothing of them is read as shell. */
const ADD_AND_COMMIT = new RegExp(
  String.raw`^message=\$1 && shift && ${GIT} add --all -- "\$@" && exec ${GIT} commit --no-verify --message="\$message" --only -- "\$@"$`,
);
const MESSAGE = '--message=';

function commitOf(argv: readonly string[]): Drawn {
  const last = argv.at(-1) ?? '';
  if (last.startsWith(MESSAGE) && COMMIT_ALL.test(argv.slice(0, -1).join(' ')) && !argv.slice(0, -1).some(hasBlank))
    return { kind: 'commit', message: last.slice(MESSAGE.length), paths: null };
  const [shell, flag, script = '', name, message, ...paths] = argv;
  const known = shell === '/bin/sh' && flag === '-c' && ADD_AND_COMMIT.test(script) && name === 'git_commit';
  return known && message !== undefined && paths.length > 0 ? { kind: 'commit', message, paths } : { kind: 'argv' };
}

const hasBlank = (word: string) => /\s/.test(word);

/** What a call of git is about, as names and paths: the verb is the tool's, and the card below has all words. */
export function gitWords(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'git') return argv;
  let at = 1;
  while (at < argv.length && argv[at]!.startsWith('-')) at += argv[at] === '-c' ? 2 : 1;
  const words = argv.slice(at + 1);
  const end = words.indexOf('--');
  return end >= 0 ? words.slice(end + 1) : words.filter((word) => !word.startsWith('-'));
}
