/** Attacks on files outside of the workspace, on devices, and on the pseudo file systems. */
import { blocked, works } from './case.ts';

const NOT_THERE = 'it is not in the view';
const READONLY = 'what is given to read is a read-only mount';
const PROC = '/proc is mounted read-only, and Landlock lets nobody write there';
const NO_SYS = '/sys is not in the view';
const NODE = 'device nodes lie on read-only mounts';

export const FILE_CASES = [
  // --- outside of the view
  blocked('symlink-out-read', 'ln -sf "$HOME/.ssh/id_test" lnk && cat lnk', NOT_THERE),
  blocked('read-ssh-key', 'cat "$HOME/.ssh/id_test"', NOT_THERE),
  blocked('read-other-project', 'cat "$OUT/file.txt"', NOT_THERE),
  blocked('write-other-project', 'echo x >> "$OUT/file.txt"', NOT_THERE),
  blocked('list-other-homes', 'ls -A "$(dirname "$WS")" | grep -q out', NOT_THERE),
  blocked('climb-out', 'cat ../out/file.txt', NOT_THERE),
  blocked('climb-out-of-the-root', 'cat "/../../../..$OUT/file.txt"', NOT_THERE),
  blocked('find-a-secret', 'grep -rqs "outside secret" "$(dirname "$WS")"', NOT_THERE),
  blocked('read-shadow', 'cat /etc/shadow', NOT_THERE, { alone: 'open-root' }),
  blocked('opath-reopen-shadow', 'attack open-path-reopen /etc/shadow', NOT_THERE, { alone: 'open-root' }),
  blocked('rename-workspace-root', 'mv "$WS" "${WS}9"', 'it is a mount point, in a directory that is read-only', {
    alone: 'dangerous',
  }),
  blocked('write-beside-the-workspace', 'cd "$OUT/.." && echo x > planted', NOT_THERE),
  blocked('write-the-root', 'echo x > /planted', 'the root is read-only', { alone: 'dangerous' }),
  blocked('see-docker', 'test -e /var/run/docker.sock -o -e /run/containerd/containerd.sock', NOT_THERE, {
    alone: 'closed',
  }),
  // --- read-only parts of the view
  blocked(
    'hardlink-outside-in',
    'ln "$SEEN/file.txt" hl && echo x >> hl',
    'a link cannot lead from one mount into another',
  ),
  blocked('write-seen', 'echo x >> "$SEEN/file.txt"', READONLY),
  blocked('create-in-seen', 'echo x > "$SEEN/new"', READONLY),
  blocked('remove-seen', 'rm -f "$SEEN/file.txt" && ! test -e "$SEEN/file.txt"', READONLY),
  blocked('truncate-outside', 'attack truncate "$SEEN/file.txt"', READONLY),
  blocked('chmod-outside', 'attack chmod "$SEEN/file.txt"', READONLY),
  blocked('chown-outside', 'attack chown "$SEEN/file.txt"', READONLY),
  blocked('utimes-outside', 'attack utimes "$SEEN/file.txt"', READONLY),
  blocked('setxattr-outside', 'attack setxattr "$SEEN/file.txt"', READONLY),
  blocked('map-outside-writable', 'attack map-writable "$SEEN/file.txt"', READONLY),
  blocked('write-usr', 'echo x > /usr/bin/planted', READONLY, { alone: 'dangerous' }),
  blocked('write-passwd', 'echo x >> /etc/passwd', READONLY, { alone: 'dangerous' }),
  works('inotify-seen', 'attack inotify "$SEEN"'),
  // --- devices
  blocked('mknod-block', 'attack mknod "$WS/blk"', 'without CAP_MKNOD; Landlock makes none; nodev', {
    alone: 'open-root',
  }),
  blocked('mknod-char', 'attack mknod-char "$WS/chr"', 'without CAP_MKNOD; Landlock makes none; nodev', {
    alone: 'open-root',
  }),
  blocked('block-device-ioctl', 'attack blk-ioctl', '/dev has no disk', { alone: 'machine' }),
  blocked(
    'dev-mem',
    'test -e /dev/kmsg || test -e /dev/mem || test -e /dev/vda || test -e /dev/sda',
    '/dev is our own',
  ),
  blocked('dev-fuse-kvm', 'test -e /dev/fuse || test -e /dev/kvm || test -e /dev/net/tun', '/dev is our own', {
    alone: 'closed',
  }),
  blocked('chmod-dev-null', 'attack chmod /dev/null', NODE, { alone: 'dangerous' }),
  blocked('remove-dev-null', 'rm -f /dev/null && ! test -e /dev/null', NODE, { alone: 'dangerous' }),
  blocked('touch-dev-zero', 'attack utimes /dev/zero', NODE, { alone: 'dangerous' }),
  blocked('other-terminals', 'ls /dev/pts/[0-9]*', 'terminals are of an instance of our own', { alone: 'closed' }),
  // --- pseudo file systems
  blocked('core_pattern', 'p=/proc/sys/kernel/core_pattern; cat $p > saved; cat saved > $p', PROC, {
    alone: 'dangerous',
  }),
  blocked('modprobe-path', 'p=/proc/sys/kernel/modprobe; cat $p > saved && cat saved > $p', PROC, {
    alone: 'dangerous',
  }),
  blocked('sysctl-hostname', 'p=/proc/sys/kernel/hostname; cat $p > saved && cat saved > $p', PROC, {
    alone: 'dangerous',
  }),
  blocked('sysctl-pid-max', 'echo 100000 > /proc/sys/kernel/pid_max', PROC, { alone: 'dangerous' }),
  blocked('sysctl-drop-caches', 'echo 1 > /proc/sys/vm/drop_caches', PROC, { alone: 'dangerous' }),
  blocked('sysctl-user-namespaces', 'p=/proc/sys/user/max_user_namespaces; cat $p > s && cat s > $p', PROC, {
    alone: 'dangerous',
  }),
  blocked('sysctl-network', 'echo 1 > /proc/sys/net/ipv4/ip_forward', PROC, { alone: 'dangerous' }),
  blocked('irq-affinity', 'p=/proc/irq/default_smp_affinity; cat $p > s && cat s > $p', PROC, { alone: 'dangerous' }),
  blocked('sysrq-trigger', 'test -w /proc/sysrq-trigger && echo h > /proc/sysrq-trigger', PROC, { alone: 'dangerous' }),
  blocked('less-likely-to-be-killed', 'echo -900 > /proc/self/oom_score_adj', PROC, { alone: 'machine' }),
  blocked('map-ids-again', 'echo "0 0 2" > /proc/self/uid_map', PROC, { alone: 'closed' }),
  blocked(
    'cgroup-release-agent',
    'ls /sys/fs/cgroup >/dev/null && test -w /sys/fs/cgroup/memory/release_agent',
    NO_SYS,
    { alone: 'closed' },
  ),
  blocked('sysfs-write', 'echo x > /sys/kernel/uevent_helper', NO_SYS, { alone: 'dangerous' }),
  blocked('sysfs-read', 'ls /sys/class/net', NO_SYS),
  blocked('kernel-memory', 'test -r /proc/kcore && head -c 1 /proc/kcore', 'there are no capabilities', {
    alone: 'machine',
  }),
  blocked('proc-kallsyms', 'grep -vq "^0000000000000000" /proc/kallsyms', 'there are no capabilities', {
    alone: 'open-root',
  }),
  // --- limits on files
  blocked('big-sparse-file', 'attack bigfile "$WS/big"', 'RLIMIT_FSIZE'),
  blocked('fill-tmp', 'head -c 300M /dev/zero > /tmp/full', 'each tmpfs has a size', { alone: 'dangerous' }),
  blocked('fill-shared-memory', 'head -c 300M /dev/zero > /dev/shm/full', 'each tmpfs has a size', {
    alone: 'dangerous',
  }),
  blocked('fill-inodes', 'mkdir /run/d && cd /run/d && touch $(seq 2000)', 'each tmpfs has a number of files', {
    alone: 'dangerous',
  }),
  blocked('leave-a-core', 'ulimit -c unlimited', 'RLIMIT_CORE'),
];
