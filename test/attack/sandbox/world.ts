/** A small world to attack: a workspace with secrets and a repository, things around it, and servers of the host. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Who } from './case.ts';

export interface World {
  base: string;
  ws: string;
  home: string;
  /** In the view, to be read. */
  seen: string;
  /** Not in the view. */
  out: string;
}

export interface Host {
  /** What a command is told: ports, names, pids. */
  env: Record<string, string>;
  close(): void;
}

export const PLAIN = { uid: 1000, gid: 1000 };

/** Root tests as root and as somebody else; anybody else tests as themselves. */
export const WHO: Who[] = process.getuid?.() === 0 ? ['root', 'plain'] : ['plain'];

/** The ids to start a process with. */
export const idsOf = (who: Who) => (who === 'plain' && process.getuid?.() === 0 ? PLAIN : {});

const worldAt = (base: string): World => ({
  base,
  ws: join(base, 'ws'),
  home: join(base, 'home'),
  seen: join(base, 'seen'),
  out: join(base, 'out'),
});

/** Not below /tmp, which is writable in the sandbox: Landlock adds up what it allows on the way down, so that there the mounts alone would hold. */
const SCRATCH = '/var/tmp';

/**
 * A folder that all users may enter, of this process alone: other runs may be under way. Takes away those of ours whose
 * process has died.
 */
export function scratch(): string {
  for (const name of readdirSync(SCRATCH)) {
    const [, pid, start] = /^vtcode-attack-(\d+)-(\d+)-/.exec(name) ?? [];
    const path = join(SCRATCH, name);
    if (
      pid === undefined ||
      startOf(pid) === start ||
      lstatSync(path, { throwIfNoEntry: false })?.uid !== process.getuid!()
    )
      continue;
    rmSync(path, { recursive: true, force: true });
  }
  const dir = mkdtempSync(join(SCRATCH, `vtcode-attack-${process.pid}-${startOf(String(process.pid))}-`));
  chmodSync(dir, 0o755);
  return dir;
}

/** When a process started, in the system's own words, so that a number given anew is not taken for the old one; proc(5), field 22. */
function startOf(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}

/** The first world, from which others are copied. */
export function makeWorld(base: string, who: Who): World {
  const world = worldAt(base);
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode });
  };
  put(join(world.ws, 'f.txt'), 'one\n');
  put(join(world.ws, '.env'), 'PASSWORD=hunter2\n', 0o600);
  put(join(world.ws, 'conf/deep/.env.local'), 'PASSWORD=hunter2\n', 0o600);
  put(join(world.ws, 'secrets/key.pem'), 'a private key\n', 0o600);
  put(join(world.ws, 'infra/prod/main.tf'), 'resource\n');
  mkdirSync(join(world.ws, '.vscode'));
  put(join(world.home, '.ssh/id_test'), 'a private key\n', 0o600);
  put(join(world.seen, 'file.txt'), 'seen\n');
  put(join(world.seen, 'tool/credentials'), 'token\n', 0o600);
  put(join(world.out, 'file.txt'), 'outside secret\n');
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: world.ws,
      env: { PATH: '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', HOME: world.out },
    });
  git('init', '-q', '-b', 'main', '--template=');
  git('config', 'user.name', 'Ann');
  git('config', 'user.email', 'ann@example.org');
  git('add', 'f.txt', 'infra');
  git('commit', '-qm', 'first');
  put(join(world.ws, '.git/hooks/sample'), '#!/bin/sh\n');
  put(join(world.ws, '.git/info/exclude'), '');
  put(join(world.ws, '.git/commondir'), '.\n');
  if (idsOf(who) === PLAIN) execFileSync('chown', ['-R', '1000:1000', base]);
  return world;
}

/** Worlds for the cases of one user. */
export interface Worlds {
  /** One that is as the template, with sockets of the host in it. */
  next(): Promise<Lent>;
  /** Resolves when all of them are removed. */
  close(): Promise<void>;
}

export interface Lent {
  world: World;
  /** Called once. A world in which nothing is another than before serves again, if nothing can be alive in it. */
  done(alive: boolean): void;
}

/** To start `cp` costs more than what it does for one world. */
const BATCH = 16;

/** Copies of a template, below `dir`, which must be there. Most attacks are blocked, and leave a world as it was. */
export function copyWorlds(template: World, dir: string): Worlds {
  const seed = join(dir, 'seed');
  mkdirSync(seed, { mode: 0o755 });
  for (let n = 0; n < BATCH; n++) execFileSync('cp', ['-a', template.base, join(seed, String(n))]);
  const unchanged: Lent[] = [];
  const removals: Promise<unknown>[] = [];
  let batches = 0;
  let fresh: string[] = [];
  const made = async (): Promise<Lent> => {
    if (fresh.length === 0) {
      const batch = join(dir, `batch-${++batches}`);
      execFileSync('cp', ['-a', seed, batch]);
      fresh = Array.from({ length: BATCH }, (_, n) => join(batch, String(n)));
    }
    const world = worldAt(fresh.pop()!);
    const servers = await Promise.all([world.ws, world.seen, world.out].map((at) => listenUnix(join(at, 'host.sock'))));
    const before = wholeState(world.base);
    const lent: Lent = {
      world,
      done(alive) {
        if (!alive && wholeState(world.base) === before) return void unchanged.push(lent);
        for (const server of servers) server.close();
        removals.push(rm(world.base, { recursive: true, force: true }));
      },
    };
    return lent;
  };
  return {
    next: async () => unchanged.pop() ?? made(),
    async close() {
      for (const one of unchanged.splice(0)) one.done(true);
      await Promise.all(removals);
    },
  };
}

/** Of every name: what it is, whose, and when it last changed in any way, which nobody can set. */
function wholeState(path: string): string {
  const { ino, mode, uid, gid, nlink, size, ctimeNs } = lstatSync(path, { bigint: true });
  const own = [path, ino, mode, uid, gid, nlink, size, ctimeNs].join(' ');
  if ((Number(mode) & 0o170000) !== 0o040000) return own;
  return [own, ...readdirSync(path).map((name) => wholeState(join(path, name)))].join('\n');
}

/** An attacker goes as soon as it is connected: what is written to it then fails, and that is all right. */
const greet = (socket: Socket) => {
  socket.on('error', () => undefined);
  socket.end('host\n');
};

const listenUnix = (path: string) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer(greet);
    server.on('error', reject);
    server.listen(path, () => {
      if (!path.startsWith('\0')) chmodSync(path, 0o777);
      resolve(server);
    });
  });

const listenTcp = (server: Server) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

/** Servers and a process with a secret in its environment, as they run beside a sandbox. */
export async function startHost(who: Who): Promise<Host> {
  const agent = createHttp((_request, response) => response.end('agent'));
  const allowed = createServer(greet);
  const udp = createSocket('udp4', (message, from) => udp.send(message, from.port, from.address));
  const abstract = `vtcode-attack-${process.pid}-${who}`;
  const named = await listenUnix(`\0${abstract}`);
  const udpPort = await new Promise<number>((resolve) => udp.bind(0, '127.0.0.1', () => resolve(udp.address().port)));
  const secret = { ...SECRETS, PATH: '/usr/bin:/bin' };
  const server: ChildProcess = spawn('/bin/sleep', ['3600'], {
    argv0: 'server-of-the-host',
    env: secret,
    stdio: 'ignore',
    ...idsOf(who),
  });
  const made = execFileSync('ipcmk', ['-M', '4096', '-p', '0666'], { encoding: 'utf8' });
  const shm = /\d+/.exec(made)![0];
  const env = {
    AGENT_PORT: String(await listenTcp(agent)),
    ALLOWED_PORT: String(await listenTcp(allowed)),
    UDP_PORT: String(udpPort),
    ABSTRACT: abstract,
    SERVER_PID: String(server.pid),
    SHM_ID: shm,
    SHM_KEY: keyOfSharedMemory(shm),
  };
  const close = () => {
    for (const one of [agent, allowed, named, udp]) one.close();
    server.kill('SIGKILL');
    execFileSync('ipcrm', ['-m', shm]);
  };
  return { env, close };
}

/** What the process that starts a sandbox has in its environment. */
export const SECRETS = {
  API_KEY: 'sk-secret-1',
  SSH_AUTH_SOCK: '/tmp/agent.sock',
  AWS_SECRET_ACCESS_KEY: 'sk-secret-2',
};

function keyOfSharedMemory(id: string): string {
  const lines = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
  const line = lines.map((one) => one.trim().split(/\s+/)).find((words) => words[1] === id);
  return line![0]!;
}

const PROTECTED = [
  ...['.env', 'conf/deep/.env.local', 'secrets', 'infra', '.vscode'],
  ...['.git/config', '.git/hooks', '.git/info', '.git/commondir'],
];

/** What a blocked attack leaves as it is: everything around the workspace, and in it what is protected. */
export function fingerprint(world: World): string[] {
  const roots = [world.out, world.seen, world.home, ...PROTECTED.map((path) => join(world.ws, path))];
  const beside = readdirSync(world.base).sort().join(' ');
  return [beside, ...roots.flatMap(describe)];
}

function describe(path: string): string[] {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (!info) return [`${path} is gone`];
  const facts = `${path} ${info.mode.toString(8)} ${info.uid} ${info.ino} ${info.mtimeMs}`;
  if (info.isDirectory())
    return [
      facts,
      ...readdirSync(path)
        .sort()
        .flatMap((name) => describe(join(path, name))),
    ];
  if (info.isSymbolicLink()) return [`${facts} -> ${readlinkSync(path)}`];
  const digest = info.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
  return [`${facts} ${info.nlink} ${digest}`];
}

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Copies of packages that commands of the tests run, as the checkout may be closed to other users. */
export function copyTools(dir: string): string {
  const scoped = readdirSync(join(MODULES, '@esbuild')).map((name) => `@esbuild/${name}`);
  for (const name of ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps', ...scoped])
    cpSync(join(MODULES, name), join(dir, 'node_modules', name), { recursive: true, dereference: true });
  mkdirSync(join(dir, 'node_modules/.bin'));
  cpSync(join(MODULES, 'esbuild/bin/esbuild'), join(dir, 'node_modules/.bin/esbuild'));
  chownSync(dir, process.getuid!(), process.getgid!());
  return dir;
}
