/** Variables: which may be set without a question, and what can be known of a name from the script alone. */

/** Why setting it must be asked for; empty where it is the script's own affair. */
export function assignmentProblem(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return 'It sets a part of a variable, or one whose name is not plain.';
  const found = STEERING.find(({ pattern }) => pattern.test(name));
  return found === undefined ? '' : `It sets ${name}: ${found.why}`;
}

/** What the shell itself or the programs that it starts obey. All others reach no program, for they are not exported. */
const STEERING: readonly { pattern: RegExp; why: string }[] = [
  {
    pattern:
      /^(?:PATH|IFS|CDPATH|ENV|PS\d|PROMPT_\w*|GLOBIGNORE|EXECIGNORE|FUNCNEST|FIGNORE|HIST\w*|SHELLOPTS|POSIXLY_CORRECT|OPT(?:IND|ERR|ARG)|TIMEFORMAT|INPUTRC|MAIL\w*|COMP_?\w*|READLINE_\w*|DIRSTACK|GROUPS|REPLY|TMOUT|S?RANDOM|SECONDS|LINENO|EPOCH\w*|_)$|^BASH/,
    why: 'the shell obeys it.',
  },
  {
    pattern: /^(?:LD|DYLD|GLIBC|MALLOC)_|^GCONV_PATH$|^LOCPATH$|^NLSPATH$/,
    why: 'the loader of every program obeys it.',
  },
  {
    pattern:
      /^(?:HOME|PWD|OLDPWD|SHELL|TERM\w*|TMPDIR|TMP|TEMP|USER|LOGNAME|CI|TZ|LANG\w*|LC_\w*|XDG_\w*|NO_COLOR|COLORTERM|COLUMNS|LINES|HOST\w*|MACHTYPE|OSTYPE|UID|EUID|PPID|SHLVL|TEXTDOMAIN\w*)$/,
    why: 'programs obey it.',
  },
  { pattern: /^GIT|^SSH|^GPG|^GNUPG/, why: 'git, ssh and their like run or read what it says.' },
  {
    pattern:
      /^(?:NODE|NPM|npm|YARN|PNPM|BUN|DENO|PYTHON|PIP|VIRTUAL_ENV|PERL|RUBY|GEM|BUNDLE|LUA|JAVA|JDK|_JAVA|CLASSPATH|MAVEN|GRADLE|GO[A-Z]|CARGO|RUST|CC$|CXX$|CFLAGS|MAKE|DOCKER|KUBE|AWS|GOOGLE|AZURE)/,
    why: 'an interpreter, a build or a tool of a service obeys it.',
  },
  {
    pattern: /PAGER$|EDITOR$|VISUAL$|BROWSER$|^LESS|^MORE$|^MAN|^RIPGREP_|^GREP_|^JQ_|^AWK|^TAR_|^GZIP$|^XZ_|^ZSTD/,
    why: 'a program runs or obeys what it says.',
  },
  { pattern: /_proxy$|_PROXY$|^SSL_|^OPENSSL_|^CURL_|^REQUESTS_/i, why: 'programs reach the network through it.' },
];

export interface Names {
  /** Holds numbers alone, as far as the script sets it. */
  isNumber(name: string): boolean;
  /** Set by nothing but one kind of `for`. */
  isLoopOnly(name: string): boolean;
}

/** Reads the text, not the tree: it may take too much for an assignment, never too little. */
export function namesOf(script: string): Names {
  const known = new Map<string, { number: boolean; loop: boolean }>();
  const look = (name: string) => {
    const found = known.get(name) ?? lookUp(script, name);
    known.set(name, found);
    return found;
  };
  return { isNumber: (name) => look(name).number, isLoopOnly: (name) => look(name).loop };
}

/** Builtins that set variables by their names as words. */
const SETTERS =
  /\b(?:read|mapfile|readarray|getopts|printf|select|unset|wait|let|declare|typeset|local|export|readonly|coproc|eval|source|nameref)\b|\{\w+\}[<>]/;

function lookUp(script: string, name: string): { number: boolean; loop: boolean } {
  if (!/^[A-Za-z_]\w*$/.test(name)) return { number: false, loop: false };
  const values = [...script.matchAll(new RegExp(`(?<![\\w$])${name}(\\[[^\\]]*\\])?:?\\+?=(?!=)(\\S*)`, 'g'))];
  const bare = new RegExp(`(?<![\\w$]|\\$\\{[#!]?)${name}(?!\\w)`, 'g');
  const defaulted = new RegExp(`\\$\\{${name}(?:\\[[^\\]]*\\])?:?=`).test(script);
  const stands = script.match(bare)?.length ?? 0;
  const isSetByWord = SETTERS.test(script) && stands > values.length;
  const inFor = script.match(new RegExp(`\\bfor\\s+${name}\\b`, 'g'))?.length ?? 0;
  const inArithmetic = new RegExp(`\\(\\([^]*(?<![\\w$])${name}\\b`).test(script);
  const isNumber =
    !defaulted &&
    !isSetByWord &&
    inFor === 0 &&
    values.length > 0 &&
    values.every(
      (one) => one[1] === undefined && isNumeric(one[2]!, script.slice(one.index + one[0].length - one[2]!.length)),
    );
  const numeric =
    isNumber || (arithmeticOnly(script, name, values.length) && !defaulted && !isSetByWord && inFor === 0);
  return { number: numeric, loop: inFor === 1 && values.length === 0 && !defaulted && !isSetByWord && !inArithmetic };
}

/** The counter of `for ((…))`: its `=` stands in arithmetic, which makes numbers of all. */
function arithmeticOnly(script: string, name: string, assigned: number): boolean {
  const starts = script.match(new RegExp(`\\(\\(\\s*${name}\\s*=\\s*\\d+\\s*;`, 'g'))?.length ?? 0;
  return starts > 0 && assigned <= starts;
}

/** `value` up to the next blank; `rest`: all of the script from there. */
const isNumeric = (value: string, rest: string): boolean =>
  NUMERIC.test(value) || (value.startsWith('$((') && isArithmetic(rest));

const NUMERIC = /^(?:\d+(?:[;)&|]|$)|\$#(?:[;)]|$))/;

/** Two parentheses that end where they began, at once: elsewhere bash reads `$((` as a script in a script. */
function isArithmetic(text: string): boolean {
  const body = /^\$\(\(([\w\s+\-*/%<>=!&|^~?:,()$#]*)/.exec(text)?.[1] ?? '';
  let depth = 0;
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '(') depth++;
    else if (body[i] === ')' && --depth < 0) return body[i + 1] === ')';
  }
  return false;
}
