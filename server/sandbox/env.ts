/** What a child process may be given as its environment: named, never inherited; and what must not be in our own. */
import { delimiter, isAbsolute, resolve, sep } from 'node:path';

type Variables = Readonly<Record<string, string>>;

/** Variables through which who sets them runs code in a program, or turns it elsewhere. */
const INJECTED: readonly { pattern: RegExp; why: string }[] = [
  {
    pattern: /^NODE_(?:OPTIONS|PATH|REPL_.*|DEBUG.*|V8_COVERAGE|PENDING_.*|REDIRECT_WARNINGS)$/,
    why: 'options and modules for every Node program',
  },
  { pattern: /^(?:LD|DYLD)_/, why: 'libraries that the loader puts into every program' },
  { pattern: /^GLIBC_TUNABLES$/, why: 'settings of the loader' },
  {
    pattern: /^(?:BASH_ENV|ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|PS4|ZDOTDIR|IFS|CDPATH)$/,
    why: 'code that a shell runs when it starts',
  },
  { pattern: /^GIT_/, why: 'programs and settings that git obeys' },
  { pattern: /^(?:PYTHON|PERL5|PERLLIB|RUBY|GEM_|BUNDLE_|LUA_)/, why: 'modules and options for an interpreter' },
  {
    pattern: /^(?:JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH)$/,
    why: 'options for every Java program',
  },
  { pattern: /^(?:LESSOPEN|LESSCLOSE|MANPAGER)$/, why: 'a program that another one starts' },
  { pattern: /^(?:npm_config_|NPM_CONFIG_)/, why: 'settings of npm and what it starts' },
  { pattern: /^RIPGREP_CONFIG_PATH$/, why: 'options for every search' },
  { pattern: /^(?:OPENSSL_CONF|OPENSSL_MODULES|SSLKEYLOGFILE)$/, why: 'modules and key logs of the TLS library' },
];

/** Those of them that run code in this very process: it may be too late to do more than to say so. */
const PRELOADS =
  /^(?:NODE_OPTIONS|NODE_PATH|LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|DYLD_.*|GLIBC_TUNABLES|OPENSSL_CONF|OPENSSL_MODULES)$/;

export const isInjected = (name: string): boolean => INJECTED.some(({ pattern }) => pattern.test(name));

/** The variables that were in force when this process was started and that run code in it; in order of name. */
export const preloads = (variables: Variables): string[] =>
  Object.keys(variables)
    .filter((name) => PRELOADS.test(name) && variables[name] !== '')
    .sort();

/** Takes out of an environment what no child and no library of ours should find there. */
export function stripInjected(env: NodeJS.ProcessEnv): void {
  // Assigning to a proxy of the real environment is what unsets it; Node then no longer obeys the TLS one.
  for (const name of Object.keys(env))
    if (isInjected(name) || name === 'NODE_TLS_REJECT_UNAUTHORIZED') delete env[name];
}

const ALLOWED = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TERM|COLORTERM|TZ|NO_COLOR|CI|HOME|USER|LOGNAME|SHELL|TMPDIR)$/;
const SECRET = /KEY|TOKEN|SECRET|PASS|AUTH|SOCK|COOKIE|CREDENTIAL/i;
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * The environment of a child on the host: an allow-list, a PATH without relative entries and without any directory of the
 * workspace, and nothing that looks like a secret or a socket.
 */
export function childEnv(variables: Variables, root: string): Record<string, string> {
  const named = Object.entries(variables).filter(([name]) => ALLOWED.test(name) && !SECRET.test(name));
  return { ...Object.fromEntries(named), PATH: safePath(variables['PATH'] ?? '', root) };
}

function safePath(path: string, root: string): string {
  const entries = path.split(delimiter).filter((entry) => isAbsolute(entry) && !entry.includes('\0'));
  const outside = entries
    .map((entry) => resolve(entry))
    .filter((entry) => entry !== root && !entry.startsWith(root + sep));
  return [...new Set(outside.length > 0 ? outside : SYSTEM_PATH)].join(delimiter);
}

/** What the opener of a browser needs besides: which display, which session. */
const DISPLAY =
  /^(?:BROWSER|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|DESKTOP_SESSION|KDE_FULL_SESSION|KDE_SESSION_VERSION|XDG_(?:RUNTIME_DIR|CURRENT_DESKTOP|SESSION_TYPE|SESSION_DESKTOP|DATA_DIRS|DATA_HOME|CONFIG_DIRS|CONFIG_HOME))$/;

/** What a password store needs to find itself and to ask its person; the user's own config names that program. */
const PASSWORD_STORE =
  /^(?:GNUPGHOME|GPG_TTY|SSH_AUTH_SOCK|PASSWORD_STORE_[A-Z_]+|OP_[A-Za-z0-9_]+|BW_[A-Z_]+|BWS_[A-Z_]+|VAULT_[A-Z_]+|LPASS_[A-Z_]+|KRB5CCNAME|AWS_(?:PROFILE|REGION|CONFIG_FILE|SHARED_CREDENTIALS_FILE))$/;

export const forBrowser = (name: string): boolean => DISPLAY.test(name) && !isInjected(name);

export const forKeyCommand = (name: string): boolean =>
  (DISPLAY.test(name) || PASSWORD_STORE.test(name)) && !isInjected(name) && !name.endsWith('_API_KEY');
