/** Attacks on the kernel's wider surface, and on the promise that no file becomes setuid. */
import { blocked } from './case.ts';

const REFUSED = 'seccomp refuses the call';
const NAMESPACES = 'seccomp refuses new namespaces';
const SETUID = 'seccomp refuses the setuid and setgid bits';

const setuid = (way: string) =>
  blocked(`setuid-by-${way}`, `attack setuid ${way} "$WS/su-${way}"`, SETUID, {
    alone: way === 'fchmodat2' ? 'machine' : 'open',
  });

export const KERNEL_CASES = [
  blocked('mount-tmpfs', 'attack mount "$WS"', 'seccomp, no capabilities, Landlock', { alone: 'dangerous' }),
  blocked('fsopen', 'attack fsopen', REFUSED, { alone: 'open-root' }),
  blocked('open_tree-clone', 'attack open_tree', REFUSED, { alone: 'open-root' }),
  blocked('chroot', 'attack chroot', 'seccomp, no capabilities', { alone: 'open-root' }),
  blocked('unshare-user-mnt', 'attack unshare-mnt', NAMESPACES),
  blocked('unshare-user', 'attack unshare-user', NAMESPACES),
  blocked('unshare-time', 'attack unshare-time', NAMESPACES),
  blocked('unshare-program', 'unshare -Ur true', NAMESPACES),
  blocked('clone-newuser', 'attack clone-newuser', NAMESPACES),
  blocked('clone-newuser-with-high-bits', 'attack clone-newuser-high', NAMESPACES),
  blocked('clone3-newuser', 'attack clone3-newuser', 'clone3 is said not to exist'),
  blocked('setns', 'attack setns self', REFUSED, { alone: 'open-root' }),
  blocked('io_uring', 'attack io_uring', 'io_uring is said not to exist', { alone: 'machine' }),
  blocked('keyctl', 'attack keyctl', REFUSED),
  blocked('add-key', 'attack add_key', REFUSED),
  blocked('perf_event_open', 'attack perf', REFUSED, { alone: 'machine' }),
  blocked('userfaultfd', 'attack userfaultfd', REFUSED, { alone: 'machine' }),
  blocked('bpf', 'attack bpf', REFUSED, { alone: 'open-root' }),
  blocked('fanotify', 'attack fanotify', REFUSED, { alone: 'machine' }),
  blocked('vmsplice', 'attack vmsplice', REFUSED),
  blocked('kernel-log', 'attack syslog', REFUSED, { alone: 'open-root' }),
  blocked('file-handle', 'attack file-handle "$WS"', REFUSED),
  blocked('x32-abi', 'attack x32', 'numbers past the last known are said not to exist', { alone: 'machine' }),
  blocked('i386-entry', 'attack i386', 'seccomp ends a process that enters by another architecture', {
    alone: 'machine',
  }),
  blocked('future-call', 'attack future-call', 'numbers past the last known are said not to exist', {
    alone: 'closed',
  }),
  blocked('read-implies-exec', 'attack personality', REFUSED),
  blocked('capset-regain', 'attack capset', 'all capabilities are dropped, and locked', { alone: 'open-root' }),
  blocked('sethostname', 'attack sethostname', REFUSED, { alone: 'dangerous' }),
  blocked('clock-settime', 'attack clock', REFUSED, { alone: 'dangerous' }),
  blocked('setuid-file-create', 'cp /bin/true su1 && chmod u+s su1 && test -u su1', SETUID),
  blocked('setgid-directory', 'mkdir sg && chmod g+s sg && test -g sg', SETUID),
  blocked(
    'setuid-via-open-mode',
    '/usr/bin/python3 -c "import os;os.umask(0);os.open(\'su2\',os.O_CREAT|os.O_WRONLY,0o4755)" && test -u su2',
    SETUID,
  ),
  blocked('setuid-by-install', 'install -m 4755 /bin/true su3 && test -u su3', SETUID),
  blocked(
    'setuid-from-archive',
    'cp /bin/true t && tar --mode=u+s -cf t.tar t && rm t && tar xpf t.tar && test -u t',
    SETUID,
  ),
  ...['creat', 'open', 'openat2', 'mknod', 'fchmod', 'chmod', 'fchmodat2', 'high-bits'].map(setuid),
  blocked('setuid-by-nameless-file', 'attack setuid-tmpfile "$WS"', SETUID),
];
