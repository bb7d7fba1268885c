/** The variables of a confined command: made from nothing, with a PATH in which the workspace comes last. */
import { delimiter } from 'node:path';
import { Fault } from '../base/fault.ts';
import { isInjected } from './env.ts';

/** Where things stand in the view. None of these places holds anything of the host's. */
export const INSIDE = {
  home: '/home/.vtcode',
  tmp: '/tmp',
  cache: '/var/cache/vtcode',
  gitConfig: '/etc/vtcode/gitconfig',
} as const;

/** Taken over from the host: how to show things, and in which tongue. */
const TAKEN = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TERM|COLORTERM|TZ|NO_COLOR|CI|USER|LOGNAME)$/;
/** Of the loopback inside: beyond the ports that programs pick by themselves, and used by nothing known. */
export const PROXY_PORT = 61_080;

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export interface CommandEnvironment {
  /** The host's, as far as a child may know them. */
  host: Readonly<Record<string, string>>;
  /** Directories of toolchains, for PATH. */
  bin: readonly string[];
  toolchains: Readonly<Record<string, string>>;
  /** Its programs may be run by name, after all others. */
  workspace: string;
  /** What the action says besides. */
  extra: Readonly<Record<string, string>>;
  hasTerminal: boolean;
  network: 'none' | 'proxy' | 'host';
  /** It may write in git's own folder: nothing that an earlier command left may steer it. */
  isGuarded: boolean;
}

export function commandEnvironment(from: CommandEnvironment): Record<string, string> {
  if (from.isGuarded) refuseInjected(from.extra);
  const taken = Object.fromEntries(Object.entries(from.host).filter(([name]) => TAKEN.test(name)));
  const own = from.isGuarded ? [] : [`${from.workspace}/node_modules/.bin`];
  const path = [...new Set([...from.bin, ...SYSTEM_PATH, ...own])].filter((entry) => !entry.includes(delimiter));
  return {
    LANG: 'C.UTF-8',
    ...taken,
    TERM: from.hasTerminal ? (taken['TERM'] ?? 'xterm-256color') : 'dumb',
    PATH: path.join(delimiter),
    HOME: INSIDE.home,
    TMPDIR: INSIDE.tmp,
    SHELL: '/bin/bash',
    PAGER: 'cat',
    XDG_CACHE_HOME: INSIDE.cache,
    npm_config_cache: `${INSIDE.cache}/npm`,
    npm_config_update_notifier: 'false',
    // Without a network a try to reach one only takes time.
    ...(from.network === 'none'
      ? { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' }
      : {}),
    ...(from.network === 'proxy' ? throughProxy() : {}),
    PIP_CACHE_DIR: `${INSIDE.cache}/pip`,
    ...from.toolchains,
    GIT_CONFIG_GLOBAL: INSIDE.gitConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...from.extra,
  };
}

/** As curl, git, pip, cargo, Go, npm and Node (22.21, 24 and newer) read them. What has its own loopback goes there directly. */
function throughProxy(): Record<string, string> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`;
  const past = 'localhost,127.0.0.1,::1';
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: past,
    no_proxy: past,
    NODE_USE_ENV_PROXY: '1',
    npm_config_proxy: proxy,
    npm_config_https_proxy: proxy,
    npm_config_noproxy: past,
  };
}

function refuseInjected(extra: Readonly<Record<string, string>>): void {
  const name = Object.keys(extra).find((one) => isInjected(one) || one === 'PATH' || one === 'HOME');
  if (name === undefined) return;
  throw new Fault({
    status: 422,
    code: 'variable_refused',
    message: `${name} cannot be set for a command that writes in git's own folder: it could run something else there.`,
    hint: 'Leave the variable out.',
  });
}
