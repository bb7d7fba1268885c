/** What the launcher tells of itself: the probe, and the control channel of a run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyFlags, start } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { talk } from './talk.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

interface Probe {
  version: number;
  arch: string;
  uid: number;
  landlock: { abi: number; errata: number };
  namespaces: Record<string, boolean>;
  ready: boolean;
  pids: string;
  why: string;
}

const ALL = { user: true, mount: true, pid: true, net: true, ipc: true, uts: true, cgroup: true };

describe.each(WHO)('as %s', (who) => {
  test('the probe says what there is, as JSON', async () => {
    const ended = await start(place.programs.release, ['--probe'], { who, cwd: '/', env: {} });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const probe = JSON.parse(ended.stdout) as Probe;
    const uid = who === 'root' ? 0 : process.getuid!() || 1000;
    expect(probe).toMatchObject({ version: 1, uid, namespaces: ALL, ready: true, why: '' });
    expect(probe.landlock.abi).toBeGreaterThan(0);
    expect(['pid_max', 'nproc', 'none']).toContain(probe.pids);
  });

  test('the probe says what is missing, and why', async () => {
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" --probe';
    const ended = await start('/usr/bin/unshare', ['-Ur', 'sh', '-c', script, place.programs.release], {
      who,
      cwd: '/',
      env: {},
    });
    expect(ended.code).toBe(1);
    const probe = JSON.parse(ended.stdout) as Probe;
    expect(probe).toMatchObject({ ready: false, namespaces: { user: false, mount: false, net: false }, pids: 'none' });
    expect(probe.why).toMatch(/^vtcode-sandbox: cannot make namespaces: .*user namespaces are off/);
  });

  const withControl = <T>(command: string[], use: (one: ReturnType<typeof talk>) => Promise<T>, more: string[] = []) =>
    place.inWorld(who, 'usual', async (setting) => {
      const args = ['--control-fd', '3', ...more, ...policyFlags(setting), '--', ...command];
      const one = talk(place.programs.release, args, { who, control: true });
      try {
        return await use(one);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test.each([[], ['--pty', '80x24']])(
    'a run reports the layers in force before the command begins: %j',
    async (...more: string[]) => {
      const told = await withControl(['/bin/echo', 'hello'], async (one) => (await one.ended, one.told()), more);
      expect(told.split('\n').length).toBe(2);
      expect(JSON.parse(told)).toMatchObject({ confined: true, namespaces: true, network: 'none', seccomp: true });
    },
  );

  test('where nothing ran, nothing is reported', async () => {
    const told = await withControl(['/bin/true'], async (one) => (await one.ended, one.told()), [
      '--landlock-min',
      '99',
    ]);
    expect(told).toBe('');
  });

  test('the command cannot reach the channel, and so cannot forge a report', () =>
    withControl(['/bin/bash', '-c', 'echo "{}" >&3; ls /proc/self/fd; echo forged >&10'], async (one) => {
      await one.ended;
      expect(one.said()).toBe('0\n1\n2\n3\n'); // the last one is that of `ls`, open on the folder
      expect(one.told()).not.toMatch(/forged|\{\}/);
    }));
});

test('a caller that has died before the launcher was tied to it leaves none behind: nothing is set up, nothing runs', () => {
  // The channel of a caller that is gone: its other end is closed.
  const script = `$^F = 64; use Socket; socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0); close $theirs;
    use POSIX; POSIX::dup2(fileno($ours), 3); exec @ARGV;`;
  const args = ['--control-fd', '3', '--ro', '/usr', '--cwd', '/usr', '--', '/usr/bin/touch', '/tmp/x'];
  const ended = spawnSync('perl', ['-e', script, place.programs.release, ...args], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 126, stdout: '', stderr: '' });
});

test('the probe needs no arguments of a policy, and no environment', () => {
  const said = execFileSync(place.programs.release, ['--probe'], { env: {}, encoding: 'utf8' });
  expect(() => JSON.parse(said) as unknown).not.toThrow();
});
