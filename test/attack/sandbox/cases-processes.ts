/** Attacks on other processes, on terminals, and on what a command may use up or learn. */
import { blocked, works } from './case.ts';

const PIDS = 'a pid namespace of its own';
const REFUSED = 'seccomp refuses it, and the pid namespace has no such process';
const INIT = 'pid 1 can be neither read nor traced';
const TTY = 'seccomp, by the low half of the request';

export const PROCESS_CASES = [
  blocked('proc-scan-environ', 'grep -al sk-secret /proc/[0-9]*/environ 2>/dev/null | grep -q .', PIDS),
  blocked('proc-scan-cmdline', 'grep -al "[s]erver-of-the-host" /proc/[0-9]*/cmdline 2>/dev/null | grep -q .', PIDS),
  blocked('proc-of-server', 'test -d "/proc/$SERVER_PID"', PIDS),
  blocked('proc-root-of-server', 'ls "/proc/$SERVER_PID/root/"', PIDS),
  blocked('proc-cwd-of-server', 'ls "/proc/$SERVER_PID/cwd/"', PIDS),
  blocked('pidfd-getfd-server', 'attack pidfd_getfd "$SERVER_PID"', REFUSED),
  blocked('read-memory-of-server', 'attack vm-read "$SERVER_PID"', REFUSED),
  blocked('ptrace-server', 'attack ptrace "$SERVER_PID"', REFUSED),
  blocked('kill-server', 'attack signal "$SERVER_PID"', PIDS),
  blocked('open-memory-of-server', 'attack proc-mem "$SERVER_PID"', PIDS),
  blocked('kill-ppid', 'kill -0 $PPID && test $PPID != 1 && test $PPID != 0', PIDS, { alone: 'open-root' }),
  blocked('kill-all-no-host', 'kill -0 -1 2>/dev/null; test -n "$(ps -e -o args | grep "[s]erver-of-the-host")"', PIDS),
  blocked('ptrace-own-child', 'attack ptrace-self-child', 'seccomp refuses it'),
  blocked('proc1-root', 'ls /proc/1/root/', INIT, { alone: 'machine' }),
  blocked('proc1-descriptors', 'ls -l /proc/1/fd/ | grep -q -e "-> ."', INIT, { alone: 'machine' }),
  blocked('proc1-environ', 'cat /proc/1/environ', INIT, { alone: 'machine' }),
  blocked('proc1-memory', 'attack proc-mem 1', INIT, { alone: 'machine' }),
  blocked('proc1-cmdline-tells-the-policy', 'tr "\\0" "\\n" < /proc/1/cmdline | grep -qx -e "--hide"', 'it is wiped', {
    alone: 'closed',
  }),
  works('kill-pid-1', 'kill -9 1; test -d /proc/1'),
  blocked(
    'setuid-binary',
    'test -u /usr/bin/su && grep -q "NoNewPrivs:.*0" /proc/self/status',
    'no_new_privs, nosuid mounts',
  ),
  blocked('keep-a-capability', 'grep -qE "Cap(Prm|Eff|Bnd|Amb):.*[1-9a-f]" /proc/self/status', 'all are dropped'),
  blocked('run-without-filter', 'grep -q "Seccomp:.*0" /proc/self/status', 'seccomp is in force'),
  blocked('clear-no-new-privs', 'attack clear-nnp', 'it cannot be cleared', { alone: 'closed' }),
  // --- descriptors and environment
  blocked('inherited-fds', 'attack fd-leak', 'all but stdio is closed'),
  blocked('inherited-directory', 'attack fd-write .git/config', 'all but stdio is closed'),
  blocked(
    'ssh-agent-env',
    'test -n "$SSH_AUTH_SOCK$API_KEY$AWS_SECRET_ACCESS_KEY"',
    'the environment is built from nothing',
  ),
  blocked('environment-of-the-server', 'env | grep -q sk-secret', 'the environment is built from nothing'),
  // --- terminals
  blocked('tiocsti', 'attack tiocsti', TTY, { alone: 'machine' }),
  blocked('pty-tiocsti-64bit-cmd', 'attack tiocsti-64bit', TTY, { alone: 'machine' }),
  blocked('tiocsetd', 'attack tiocsetd', TTY),
  blocked('terminal-of-the-server', 'attack dev-tty', 'a session of its own', { alone: 'closed' }),
  // --- shared memory, numbers
  blocked('shared-memory-of-the-host', 'attack shm "$SHM_KEY"', 'an IPC namespace of its own'),
  blocked(
    'list-shared-memory',
    'ipcs -m | awk -v id="$SHM_ID" "\\$2==id{f=1}END{exit !f}"',
    'an IPC namespace of its own',
  ),
  blocked('fork-bomb', 'attack processes 600', 'the number of pids is bounded', { alone: 'dangerous' }),
  blocked('hoard-descriptors', 'attack files 5000', 'RLIMIT_NOFILE', { alone: 'closed' }),
  blocked('hoard-memory', 'attack memory 3000', 'RLIMIT_DATA', { alone: 'dangerous' }),
  blocked('raise-a-limit', 'ulimit -n 100000', 'limits are hard', { alone: 'machine' }),
  blocked('real-time', 'chrt -f 10 true', 'there are no capabilities', { alone: 'open-root' }),
  blocked('outrank-others', 'nice -n -10 sh -c "test \\$(nice) -lt $(nice)"', 'there are no capabilities', {
    alone: 'open-root',
  }),
];
