/** With one layer left out, attacks that it alone stands before succeed: the cases would notice if it were gone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Case, Who } from './case.ts';
import { CASES } from './cases.ts';
import { confined, isBroken } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { WHO } from './world.ts';

interface Mutation {
  /** Names of layers, as in native/layers.c. */
  off: string;
  /** Cases that must succeed then. */
  opens: string[];
  /** For whom; some layers stand before root alone. */
  who: Who[];
}

const both: Who[] = ['root', 'plain'];
const root: Who[] = ['root'];

const MUTATIONS: Mutation[] = [
  { off: 'fds', opens: ['inherited-fds', 'inherited-directory'], who: both },
  { off: 'env', opens: ['ssh-agent-env', 'environment-of-the-server'], who: both },
  { off: 'root', opens: ['chmod-outside', 'read-env-file', 'write-git-hook', 'dev-mem'], who: both },
  { off: 'ro', opens: ['chmod-outside', 'utimes-outside', 'setxattr-outside'], who: both },
  { off: 'ro,landlock', opens: ['write-seen', 'truncate-outside', 'create-in-seen'], who: both },
  // The watch would end the command, if too late to undo what it did.
  {
    off: 'pins,watch',
    opens: ['rename-git-and-recreate', 'unpinned-ancestor-rename', 'replace-what-holds-an-env-file'],
    who: both,
  },
  {
    off: 'protect',
    opens: ['write-git-config', 'write-git-hook', 'git-commondir-plant', 'write-vscode-task'],
    who: both,
  },
  { off: 'hide', opens: ['read-env-file', 'read-secret', 'read-credentials-of-a-toolchain'], who: both },
  { off: 'mask', opens: ['unix-in-workspace', 'unix-in-seen'], who: both },
  { off: 'proc,landlock', opens: ['core_pattern', 'irq-affinity'], who: root },
  { off: 'dev', opens: ['touch-dev-zero'], who: root },
  { off: 'pidns,root', opens: ['proc-of-server', 'proc-scan-cmdline'], who: both },
  { off: 'pidns,root,landlock', opens: ['kill-server'], who: both },
  { off: 'netns', opens: ['tcp-agent-server', 'tcp6-mapped-agent-server', 'udp-local', 'dev-tcp-agent'], who: both },
  { off: 'netns,landlock', opens: ['unix-abstract'], who: both },
  { off: 'ipcns', opens: ['shared-memory-of-the-host'], who: both },
  { off: 'caps', opens: ['capset-regain', 'keep-a-capability'], who: root },
  { off: 'dumpable', opens: ['proc1-root', 'proc1-descriptors'], who: both },
  { off: 'limits', opens: ['big-sparse-file'], who: both },
  { off: 'pids', opens: ['fork-bomb'], who: both },
  { off: 'landlock', opens: ['host-other-port', 'host-abstract', 'host-listen'], who: both },
  {
    off: 'seccomp',
    opens: [
      'keyctl',
      'unshare-user',
      'netlink-nf',
      'ptrace-own-child',
      'tiocsetd',
      'file-handle',
      'vmsplice',
      'setuid-by-chmod',
    ],
    who: both,
  },
  { off: 'seccomp', opens: ['host-other-port-fast-open', 'setuid-by-nameless-file', 'clone3-newuser'], who: both },
];

/** Two layers stand before these: with either of them gone the other holds. */
const HELD: Mutation[] = [
  { off: 'proc', opens: ['core_pattern', 'irq-affinity', 'sysctl-pid-max'], who: root },
  { off: 'landlock', opens: ['core_pattern', 'write-seen', 'truncate-outside'], who: root },
  { off: 'ro', opens: ['write-seen', 'truncate-outside', 'create-in-seen'], who: both },
  { off: 'root', opens: ['read-other-project', 'write-other-project', 'proc-scan-environ'], who: both },
  { off: 'netns', opens: ['unix-abstract'], who: both },
  { off: 'pidns,root', opens: ['kill-server', 'proc-scan-environ', 'open-memory-of-server'], who: both },
  { off: 'caps', opens: ['mount-tmpfs', 'chroot', 'sethostname', 'clock-settime'], who: root },
  { off: 'seccomp', opens: ['mount-tmpfs', 'chroot', 'mknod-block', 'clock-settime', 'setns'], who: both },
];

const rows = (mutations: Mutation[]) =>
  mutations.flatMap(({ off, opens, who }) =>
    opens.flatMap((name) => who.filter((one) => WHO.includes(one)).map((one) => ({ off, name, who: one }))),
  );

function caseOf(name: string): Case {
  const found = CASES.find((one) => one.name === name);
  if (!found) throw new Error(`No case is called ${name}`);
  return found;
}

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

const attempt = (name: string, who: Who, off: string) => {
  const { command, variant } = caseOf(name);
  const flags = off === '' ? [] : ['--layers-off', off];
  return place.inWorld(who, variant, (setting) => confined(place.programs.mutation, setting, command, flags));
};

describe('a layer left out', () => {
  test.each(rows(MUTATIONS))('without $off, $name succeeds as $who', async ({ off, name, who }) => {
    const ended = await attempt(name, who, off);
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  });

  test.each(rows(MUTATIONS))('with all layers, the same build blocks $name as $who', async ({ name, who }) => {
    const ended = await attempt(name, who, '');
    expect(isBroken(ended), ended.stderr).toBe(false);
    expect(ended.code).not.toBe(0);
  });

  test.each(rows(HELD))('without $off, $name is held by another as $who', async ({ off, name, who }) => {
    const ended = await attempt(name, who, off);
    expect(isBroken(ended), ended.stderr).toBe(false);
    expect(ended.code).not.toBe(0);
  });
});

describe('the build that ships', () => {
  test('has no way to leave a layer out', async () => {
    const ended = await place.inWorld(WHO[0]!, 'usual', (setting) =>
      confined(place.programs.release, setting, 'true', ['--layers-off', 'seccomp']),
    );
    expect(ended).toMatchObject({
      code: 126,
      stderr: 'vtcode-sandbox: --layers-off: no such flag; the command comes after --\n',
    });
  });
});
