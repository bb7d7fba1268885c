/** Behind bubblewrap the promises are the same, one command at a time; without bubblewrap there are none. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { execute } from '../../server/run/exec.ts';
import type { NetworkReports, Requested } from '../../server/run/proxy/traffic.ts';
import { createTerminals } from '../../server/run/terminals.ts';
import { createWays } from '../../server/run/ways.ts';
import { compileAssisted } from '../../server/sandbox/assisted.ts';
import type { Confinement } from '../../server/sandbox/sandbox.ts';
import { newActionId, newTerminalId } from '../../shared/ids.ts';
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { outside, PUBLIC, web } from '../fixtures/outside.ts';
import { tempDir } from '../fixtures/temp.ts';
import { UNHEARD_TERMINALS } from '../fixtures/terminals.ts';
import { git, ground, once, open, RUN, sh } from './ground.ts';

const HAS_BWRAP = existsSync('/usr/bin/bwrap');

/** `partial`: there is no launcher either. */
const WAYS = {
  assisted: { forceAssisted: true },
  partial: { launcher: '' },
};
type Way = keyof typeof WAYS;

async function behind(
  way: Way,
  files: Record<string, string> = {},
): Promise<{ root: string; confinement: Confinement | null }> {
  const { options, root } = await ground(files);
  const confinement = await open({ ...options, ...WAYS[way] });
  expect(confinement.status().tier, confinement.status().why).toBe(HAS_BWRAP ? way : 'none');
  if (HAS_BWRAP) return { root, confinement };
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'no_sandbox' });
  return { root, confinement: null };
}

describe.each(['assisted', 'partial'] as const)('behind bubblewrap, %s', (way) => {
  test('a command works, reads no secret, changes nothing that is held, and leaves nothing that runs', async () => {
    const { root, confinement } = await behind(way, {
      '.env': 'KEY',
      'a/b/id_rsa': 'KEY',
      '.vscode/x': 'x',
      'secrets.env/k': 'KEY',
    });
    if (confinement === null) return;
    git(root, 'init', '-q');
    const script = `echo ok > ok; cat .env a/b/id_rsa secrets.env/k; chmod 700 .env secrets.env; echo y > .vscode/x; echo y > .git/config
      perl -e 'rename "a", "c"; rename ".git", "g"; rename ".vscode", "v"'; touch /x; git init -q n; cat /proc/1/environ; ls -A /proc/sys/fs`;
    const ran = await sh(confinement, script);
    expect(ran.stdout).not.toContain('KEY');
    expect(ran.findings.map(({ path }) => path)).toEqual(['n/.git']);
    expect(['ok', 'a/b/id_rsa', '.git/config'].map((path) => existsSync(join(root, path)))).toEqual([true, true, true]);
    expect(readFileSync(join(root, '.vscode/x'), 'utf8')).toBe('x');
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe('KEY');
  });

  test('commits are taken in the guarded mode, and no hooks', async () => {
    const { root, confinement } = await behind(way, { 'a.txt': 'a' });
    if (confinement === null) return;
    git(root, 'init', '-q');
    const script =
      'git add . && git -c user.name=A -c user.email=a@b commit -qm x; echo id > .git/hooks/post-commit; echo /tmp > .git/commondir';
    await sh(confinement, script, { git: 'guarded' });
    await confinement.close();
    expect(git(root, 'log', '--format=%s')).toBe('x\n');
    expect([existsSync(join(root, '.git/hooks/post-commit')), existsSync(join(root, '.git/commondir'))]).toEqual([
      false,
      false,
    ]);
  });

  test('beside a terminal no command runs, nor a terminal beside a command, and each is told what is in its way', async () => {
    const { confinement } = await behind(way);
    if (confinement === null) return;
    const terminal = await confinement.prepare({ ...RUN, pty: 'outer' });
    const besideTerminal = {
      code: 'one_at_a_time',
      message: expect.stringMatching(/^A terminal .* is open\./) as string,
    };
    await expect(confinement.prepare(RUN)).rejects.toMatchObject(besideTerminal);
    await terminal.done();
    const command = await confinement.prepare(RUN);
    const besideCommand = { code: 'one_at_a_time', message: expect.stringMatching(/^Another command still runs\./) as string }; // prettier-ignore
    await expect(confinement.prepare({ ...RUN, pty: 'outer' })).rejects.toMatchObject(besideCommand);
    await command.done();
  });

  test('a second command waits for the first one, and a failed preparation blocks none', async () => {
    const { root, confinement } = await behind(way, {});
    if (confinement === null) return;
    const first = await confinement.prepare(RUN);
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'one_at_a_time' });
    await first.done();
    symlinkSync('x', join(root, '.vt-workspace-trust'));
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
  });

  test('nothing is left in the workspace', async () => {
    const { options, root } = await ground();
    if (HAS_BWRAP) await once({ ...options, ...WAYS[way] }, 'true');
    expect(readdirSync(root)).toEqual([]);
  });
});

/** Says what came by the proxy of its surroundings, and what came without it. */
const GET = `
import { request } from 'node:http';
import { connect } from 'node:net';
const [direct, ...urls] = process.argv.slice(2);
const { hostname, port } = new URL(process.env.http_proxy);
for (const url of urls) console.log(await new Promise((resolve) => {
  const going = request({ hostname, port, path: url, headers: { Host: new URL(url).host } }, (answer) => {
    let text = '';
    answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(answer.statusCode + ' ' + text.trim()));
  });
  going.on('error', (error) => resolve(error.code)).end();
}));
console.log('direct', await new Promise((resolve) => {
  connect(Number(direct), '127.0.0.1').on('connect', () => resolve('open')).on('error', ({ code }) => resolve(code));
}));
process.exit();
`;

/** What the proxy of one run does, by rules of the test: one host is let through. */
async function hosts() {
  const net = outside();
  net.name('open.test', [PUBLIC]);
  const site = web((request, response) => void response.end(`hello from ${request.headers.host}`));
  await net.serve(`${PUBLIC}:80`, site);
  const requested: Requested[] = [];
  const ways = createWays({ dir: tempDir('vtp-'), network: net, onLost: expect.unreachable });
  const actionId = newActionId();
  const network: NetworkReports = {
    async connect({ host, port, method }) {
      const command = { actionId, title: 'test' };
      if (host === 'open.test') await ways.connect({ kind: 'connect', tool: 'connect', host, port, method, command });
      return { allowed: host === 'open.test', rule: 'test', why: 'the test says so' };
    },
    requested: (facts) => void requested.push(facts),
    ended: () => undefined,
  };
  const { port } = site.address() as AddressInfo;
  return { ways, actionId, network, requested, port };
}

test('with the launcher inside of bubblewrap a command has named hosts, and no other way out', async () => {
  const { confinement } = await behind('assisted', { 'get.mjs': GET });
  if (confinement === null) return;
  const { ways, actionId, network, requested, port } = await hosts();
  const way = await ways.open({ mode: 'proxy', hosts: [] }, { actionId, reports: network, stop: () => undefined });
  const script = `node get.mjs ${port} http://open.test/ http://closed.test/`;
  const ran = await sh(confinement, script, { network: way.network });
  await way.close();
  expect(ran.stdout, ran.stderr).toMatch(/^200 hello from open\.test\n403 .*closed\.test.*\ndirect ECONNREFUSED\n$/);
  expect(requested.map(({ host, decision }) => [host, decision])).toEqual([['open.test', 'allow'], ['closed.test', 'deny']]); // prettier-ignore
});

test('a terminal works there as well, with job control and named hosts', async () => {
  const { root, confinement } = await behind('assisted', { 'get.mjs': GET, '.env': 'KEY' });
  if (confinement === null) return;
  const { ways, actionId, network, port } = await hosts();
  const terminals = createTerminals({ root, confinement, ways, hostEnv: {}, onLost: expect.unreachable });
  const closed = vi.fn();
  const reports = { ...UNHEARD_TERMINALS, actionId, network, closed };
  const id = newTerminalId();
  const place = { git: 'readonly' as const, network: { mode: 'proxy' as const, hosts: [] } };
  const bash = ['/bin/bash', '--norc', '-i'];
  const open = { kind: 'terminal' as const, tool: 'open_terminal' as const, id, name: 'one', argv: bash, cwd: '.', ...place }; // prettier-ignore
  expect((await terminals.terminal(open, reports)).outcome).toMatchObject({ status: 'done' });
  let text = '';
  const seat = terminals.join(id, {
    tell: () => undefined,
    print: (bytes) => {
      text += bytes.toString('latin1');
      seat?.drawn(bytes.length);
    },
    waiting: () => 0,
    close: () => undefined,
  });
  const shows = async (pattern: RegExp) => {
    await expect.poll(() => text, { timeout: 15_000, interval: 10 }).toMatch(pattern);
  };
  const type = (keys: string) => seat!.type(Buffer.from(keys));
  await shows(/[$#] $/);
  type(`cat .env; node get.mjs ${port} http://open.test/ http://closed.test/\r`);
  await shows(/Permission denied[^]*200 hello from open\.test\r\n403 .*closed\.test[^]*direct ECONNREFUSED[^]*[$#] $/);
  type(`sh -c 'echo u""p; exec sleep 1000'\r`);
  await shows(/\rup\r\n/);
  type('\x1a');
  await shows(/\[1\]\+ +Stopped +sh -c[^]*[$#] $/);
  type('exit\r');
  await shows(/There are stopped jobs\.[^]*[$#] $/);
  type('exit 7\r');
  await expect.poll(() => terminals.list()[0]?.ended?.end, { timeout: 15_000 }).toMatchObject({ code: 7 });
  await terminals.close();
  expect(closed).toHaveBeenCalledTimes(1);
  expect(await sh(confinement, 'echo after')).toMatchObject({ stdout: 'after\n' });
});

test('without a launcher it is said when all is in force, bounds hold, and a network is refused', async () => {
  const { confinement } = await behind('partial', {});
  if (confinement === null) return;
  const prepared = await confinement.prepare({ ...RUN, pty: { columns: 80, rows: 24 } });
  const { layers } = confinement.status();
  const command = [
    '/bin/sh',
    '-c',
    'ulimit -n; ulimit -c; env | grep -c TOKEN; ls -l /proc/self/fd | grep -c "3 ->"; exit 5',
  ];
  const run = execute({ prepared, command, limits: RUN.limits, layers, onPiece: () => undefined });
  await run.begun;
  const ended = await run.ended;
  await prepared.done();
  expect(ended).toMatchObject({ code: 5, refused: '' });
  expect(run.output.whole().toString().split(/\s+/).slice(0, 3)).toEqual(['1024', '0', '0']);
  for (const network of [
    { mode: 'host' as const, hosts: [] },
    { mode: 'proxy' as const, hosts: [], socket: '/tmp/none.sock' },
  ])
    await expect(confinement.prepare({ ...RUN, network })).rejects.toMatchObject({ code: 'no_network_here' });
});

test('mounts come outermost first, parts after them, and no word of a part goes to the launcher', () => {
  const policy: SandboxPolicy = {
    ...{
      v: 1,
      workspace: '/tmp/w',
      access: 'write',
      cwd: '/tmp/w',
      readRoots: [],
      tmpfs: [],
      maskSockets: [],
      pty: null,
    },
    ownRoots: [{ host: '/var/own', at: '/tmp' }],
    ...{
      protect: ['/tmp/w/a/b', '/tmp/w/a.x'],
      hide: ['/tmp/w/a/b/c', '/tmp/w/d'],
      git: 'readonly',
      network: { mode: 'none' },
    },
    ...{ limits: { ...RUN.limits }, env: { A: '1' } },
  };
  const system = { readOnly: [{ host: '/usr', at: '/usr' }], links: [], homes: [], own: [] };
  const assistant = {
    kind: 'launcher' as const,
    bwrap: '/usr/bin/bwrap',
    boundsTmpfs: true,
    launcher: '/l',
    blank: '/blank',
  };
  const line = compileAssisted(policy, system, { assistant, folders: new Set(['/tmp/w/d']) });
  const at = line.indexOf('--', 1);
  const text = line.slice(0, at).join(' ');
  expect(text).toContain(
    '--bind /var/own /tmp --bind /tmp/w /tmp/w --ro-bind /usr /usr --bind /tmp/w/a /tmp/w/a ' +
      '--ro-bind /tmp/w/a/b /tmp/w/a/b --ro-bind /blank /tmp/w/a/b/c --ro-bind /tmp/w/a.x /tmp/w/a.x ' +
      '--perms 0000 --tmpfs /tmp/w/d --remount-ro /tmp/w/d --ro-bind /l /run/vtcode-sandbox --remount-ro / --chdir / --as-pid-1',
  );
  expect(line.slice(at, at + 7)).toEqual([
    '--',
    '/run/vtcode-sandbox',
    '--no-namespaces',
    '--ro',
    '/usr',
    '--rw',
    '/tmp',
  ]);
  expect(line.slice(at)).not.toContain('--protect');
});
