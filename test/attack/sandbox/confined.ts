/** Runs a command in the sandbox, with the policy that the tests use, or beside it to show what it is kept from. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, openSync, realpathSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Variant, Who } from './case.ts';
import { idsOf, SECRETS, type World } from './world.ts';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The code of what a signal ended, as that of a time that ran out. */
export const KILLED = -1;

export interface Setting {
  world: World;
  who: Who;
  variant: Variant;
  /** A folder with the attack program. */
  bin: string;
  /** A folder with packages to run. */
  tools: string;
  env: Record<string, string>;
  /** A command ran there without the sandbox, or without all of it: nothing says that all of it has ended. */
  wasOpen: boolean;
}

const ETC = [
  ...['passwd', 'group', 'nsswitch.conf', 'hosts', 'resolv.conf', 'localtime', 'ld.so.cache', 'ssl/certs'],
  ...['alternatives', 'profile', 'bash.bashrc', 'protocols', 'services', 'mime.types', 'inputrc', 'terminfo'],
].map((name) => `/etc/${name}`);

/** Programs, libraries and what they read in /etc. */
export function systemFlags(): string[] {
  const flags = ['--ro', '/usr'];
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    if (!existsSync(`/${name}`)) continue;
    if (lstatSync(`/${name}`).isSymbolicLink()) flags.push('--symlink', readlinkSync(`/${name}`), `/${name}`);
    else flags.push('--ro', `/${name}`);
  }
  for (const path of ETC) if (existsSync(path)) flags.push('--ro-at', realpathSync(path), path);
  const node = dirname(dirname(realpathSync(process.execPath)));
  return node === '/usr' ? flags : [...flags, '--ro', node];
}

const PATH = `${dirname(realpathSync(process.execPath))}:/usr/local/bin:/usr/bin:/bin`;

export function policyFlags({ world, variant, bin, tools, env }: Setting): string[] {
  const inside = (name: string) => join(world.ws, name);
  const git = variant === 'git-readonly' ? ['.git'] : ['.git/hooks', '.git/config', '.git/commondir', '.git/info'];
  const variables = {
    PATH: `${bin}:${PATH}`,
    HOME: world.home,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    ...env,
    ...wordsOf(world),
  };
  return [
    ...systemFlags(),
    ...['--tmpfs', '/tmp', '256M', '--tmpfs', '/run', '1M', '--tmpfs', world.home, '64M'],
    ...['--ro', world.seen, '--ro', bin, '--ro-at', tools, '/opt/tools', '--rw', world.ws],
    ...git.flatMap((name) => ['--protect', inside(name)]),
    ...['.vscode', 'infra/prod/main.tf'].flatMap((name) => ['--protect', inside(name)]),
    ...['.env', 'conf/deep/.env.local', 'secrets'].flatMap((name) => ['--hide', inside(name)]),
    ...['--hide', join(world.seen, 'tool/credentials')],
    ...['--mask-socket', inside('host.sock'), '--mask-socket', join(world.seen, 'host.sock')],
    ...['--limit', 'data=2G', '--cwd', world.ws],
    ...(variant === 'host-network' ? ['--net', 'host', '--connect-port', env['ALLOWED_PORT'] ?? '443'] : []),
    ...(variant === 'unix-off' ? ['--unix', 'off'] : []),
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
}

const wordsOf = (world: World) => ({ WS: world.ws, SEEN: world.seen, OUT: world.out });

/** `extra` are flags for the launcher, as those of a mutation. */
export function confined(launcher: string, setting: Setting, command: string, extra: string[] = []): Promise<Ended> {
  if (extra.length > 0) setting.wasOpen = true;
  const args = [...extra, ...policyFlags(setting), '--', '/bin/bash', '-c', command];
  return start(launcher, args, { who: setting.who, cwd: '/', env: SECRETS, leak: setting.world.ws });
}

export function unconfined(setting: Setting, command: string): Promise<Ended> {
  const { world, bin, env, who } = setting;
  setting.wasOpen = true;
  const variables = {
    ...SECRETS,
    ...env,
    ...wordsOf(world),
    PATH: `${bin}:${PATH}`,
    HOME: world.home,
    LANG: 'C.UTF-8',
  };
  return start('/bin/bash', ['-c', command], { who, cwd: world.ws, env: variables, leak: world.ws });
}

interface Start {
  who: Who;
  cwd: string;
  env: Record<string, string>;
  /** A directory that is left open for the child, as a careless parent does. */
  leak?: string;
  input?: string;
}

/** Never rejects for how the program ends; kills it after half a minute. */
export function start(program: string, args: string[], { who, cwd, env, leak, input }: Start): Promise<Ended> {
  const leaked = leak === undefined ? [] : [openSync(leak, 'r')];
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...leaked],
    timeout: 30_000,
    killSignal: 'SIGKILL',
    ...idsOf(who),
  });
  for (const fd of leaked) closeSync(fd);
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    const out = { stdout: '', stderr: '' };
    child.stdout!.on('data', (chunk) => (out.stdout += chunk));
    child.stderr!.on('data', (chunk) => (out.stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? KILLED, ...out }));
  });
}

/** Not a refusal but a fault of the case, or of the machine: a program is missing, or the sandbox did not come to be. */
export const isBroken = ({ code, stderr }: Ended): boolean =>
  stderr.startsWith('vtcode-sandbox:') ||
  code === 127 ||
  code === KILLED ||
  /: command not found|^attack: /m.test(stderr);
