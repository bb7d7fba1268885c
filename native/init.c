/* Starts the command and stays as pid 1: reaps what is left, passes signals on, and exits as the command did. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "env.h"
#include "fail.h"
#include "foreground.h"
#include "layers.h"
#include "limits.h"
#include "pty.h"
#include "relay.h"
#include "signals.h"
#include "watch.h"

static struct pty pty;
static struct relay relay; /* large, and empty until it is used */
static struct control control;
static struct watch watch;

enum {
  SIGNAL_POLL,
  CONTROL_POLL,
  WATCH_POLL,
  PTY_POLL = WATCH_POLL + WATCH_POLLS,
  RELAY_POLL = PTY_POLL + PTY_POLLS,
  POLLS = RELAY_POLL + RELAY_POLLS
};

/*
 * A group of its own; on a terminal that is ours to give it becomes the foreground group, so that job control works. No
 * new session there: the terminal would be lost with it. Without a terminal a new session makes sure that none is
 * within reach.
 */
static void take_terminal(void) {
  if (pty.master >= 0) return pty_become(&pty);
  if (!isatty(STDIN_FILENO)) {
    if (layer(LAYER_SESSION) && setsid() < 0) fail(errno, "start a session", NULL, NULL);
    return;
  }
  if (setpgid(0, 0) != 0) fail(errno, "start a process group", NULL, NULL);
  /* SIGTTOU is blocked as yet. */
  if (foreground_is_ours() && tcsetpgrp(STDIN_FILENO, getpgrp()) != 0)
    fail(errno, "hand over the terminal", NULL, NULL);
}

/* Readable by all as /proc/1/cmdline: the command need not know what was hidden, and where things lie on the host. */
static void wipe_arguments(const struct policy *policy) {
  static const char name[] = "vtcode-sandbox";
  size_t length = (size_t)(policy->flags_end - policy->flags_start);
  memset(policy->flags_start, 0, length);
  memcpy(policy->flags_start, name, length < sizeof name ? length : sizeof name);
}

static _Noreturn void become_command(struct policy *policy, int landlock) {
  take_terminal();
  signals_reset();
  limits_set_for_command(policy);
  control_report(policy, landlock);
  env_exec(policy);
}

static pid_t start_command(struct policy *policy, int landlock) {
  fail_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  if (fail_fd < 0) fail(errno, "keep stderr", NULL, NULL);
  pid_t child = vfork(); /* on our stack and in our memory, of which it changes nothing, until it execs */
  if (child < 0) fail(errno, "start a process", NULL, NULL);
  if (child == 0) become_command(policy, landlock);
  return child;
}

/* What the command has is its alone: a pipe must end when it closes it. */
static void let_go_of_stdio(bool keep_stdin) {
  int first = pty.master >= 0 ? STDERR_FILENO : keep_stdin ? STDOUT_FILENO : STDIN_FILENO;
  for (int fd = first; fd <= STDERR_FILENO; fd++)
    if (close(fd) != 0) fail(errno, "close stdio", NULL, NULL);
  if (close(fail_fd) != 0) _exit(EXIT_NOT_CONFINED);
}

/* Reaps what has ended. True once the command has, with its status. */
static bool reap(pid_t command, int *status) {
  bool ended = false;
  int one = 0;
  for (pid_t pid = waitpid(-1, &one, WNOHANG | WUNTRACED); pid > 0; pid = waitpid(-1, &one, WNOHANG | WUNTRACED)) {
    if (pid != command) continue;
    /* Nobody outside could ever continue it. */
    if (WIFSTOPPED(one) && WSTOPSIG(one) == SIGTSTP) kill(-command, SIGCONT);
    if (WIFSTOPPED(one)) continue;
    *status = one;
    ended = true;
  }
  return ended;
}

/* True once the command has ended. */
static bool take_signal(int signals, pid_t command, int *status) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) != (ssize_t)sizeof info) return false;
  if (info.ssi_signo == SIGCHLD) return reap(command, status);
  /* Its group; or itself, where it has not made one yet. */
  if (kill(-command, (int)info.ssi_signo) != 0) kill(command, (int)info.ssi_signo);
  return false;
}

static void take_control(void) {
  unsigned short columns = 0;
  unsigned short rows = 0;
  if (control_read(&control, &columns, &rows)) pty_resize(&pty, columns, rows);
}

static int serve(int signals, pid_t command) {
  struct pollfd polls[POLLS];
  int status = 0;
  for (;;) {
    nfds_t count = relay.listener >= 0 ? POLLS : RELAY_POLL;
    polls[SIGNAL_POLL] = (struct pollfd){.fd = signals, .events = POLLIN};
    polls[CONTROL_POLL] = (struct pollfd){.fd = control.fd, .events = POLLIN};
    watch_poll(&watch, &polls[WATCH_POLL]);
    pty_poll(&pty, &polls[PTY_POLL]);
    if (relay.listener >= 0) relay_poll(&relay, &polls[RELAY_POLL]);
    if (poll(polls, count, -1) < 0) {
      if (errno == EINTR) continue;
      fail(errno, "wait for the command", NULL, NULL);
    }
    /* Killed: nothing else could take from it what it may already have opened. */
    if (watch_serve(&watch, &polls[WATCH_POLL])) return SIGKILL;
    if (polls[SIGNAL_POLL].revents != 0 && take_signal(signals, command, &status)) return status;
    if (polls[CONTROL_POLL].revents != 0) take_control();
    pty_serve(&pty, &polls[PTY_POLL]);
    if (relay.listener >= 0) relay_serve(&relay, &polls[RELAY_POLL]);
  }
}

/* Nothing outlives the command. Where the namespace is not ours, its group is all that we may end. */
static void end_others(pid_t command) {
  bool all = getpid() == 1;
  kill(all ? -1 : -command, SIGKILL);
  while (all && (waitpid(-1, NULL, 0) >= 0 || errno == EINTR)) continue;
}

_Noreturn void init_run(struct policy *policy, int landlock) {
  sigset_t taken;
  pty.master = relay.listener = control.fd = -1;
  signals_block(&taken);
  if (!policy->namespaces) foreground_save();
  int signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) fail(errno, "read signals", NULL, NULL);
  if (policy->net == NET_PROXY)
    relay_open(&relay, policy->namespaces ? PROXY_PATH : policy->proxy_socket, policy->proxy_port);
  if (policy->columns != 0) pty_open(&pty, policy->columns, policy->rows);
  watch_open(&watch);
  if (policy->namespaces) wipe_arguments(policy);
  pid_t command = start_command(policy, landlock);
  let_go_of_stdio(!policy->namespaces && foreground_is_ours());
  control.fd = policy->control;
  int status = serve(signals, command);
  end_others(command);
  /* Once more, for a command that was quicker than the clock; and told when nothing is left that could wait for it. */
  if (watch_look(&watch)) {
    status = SIGKILL;
    control_report_uncovered(&control, watch.bare);
  }
  pty_drain(&pty);
  if (!policy->namespaces) foreground_restore();
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status));
}
