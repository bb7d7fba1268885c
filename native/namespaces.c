/* Makes the namespaces, enters them as pid 1, and stays outside as the one that waits. */
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "foreground.h"
#include "layers.h"
#include "network.h"
#include "root.h"
#include "signals.h"

static const char USERNS_HINT[] =
    "user namespaces are off or used up: see user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns";

/* All but the network, which is made beside. */
static unsigned long flags(void) {
  unsigned long wanted = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP | SIGCHLD;
  if (layer(LAYER_PIDNS)) wanted |= CLONE_NEWPID;
  if (layer(LAYER_IPCNS)) wanted |= CLONE_NEWIPC;
  return wanted;
}

static void write_map(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) fail(errno, "write", path, USERNS_HINT);
  if (close(fd) != 0) fail(errno, "write", path, NULL);
}

/*
 * One user, ourselves, under the same number. `setgroups` must be off before the kernel takes our word for the group.
 */
static void map_ids(uid_t uid, gid_t gid) {
  char line[64];
  write_map("/proc/self/setgroups", "deny");
  snprintf(line, sizeof line, "%u %u 1\n", uid, uid);
  write_map("/proc/self/uid_map", line);
  snprintf(line, sizeof line, "%u %u 1\n", gid, gid);
  write_map("/proc/self/gid_map", line);
}

void namespaces_die_with_parent(void) {
  if (layer(LAYER_DEATH) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    fail(errno, "tie this process to its parent", NULL, NULL);
}

/* Whoever died before we were tied to it sends no signal: then our parent is another, or nobody holds the channel. */
void namespaces_check_caller(pid_t parent, int control) {
  struct pollfd end = {.fd = control, .events = 0};
  if (!layer(LAYER_DEATH)) return;
  if (getppid() != parent) _exit(EXIT_NOT_CONFINED);
  if (control < 0) return;
  if (poll(&end, 1, 0) < 0) fail(errno, "look for the caller", NULL, NULL);
  if ((end.revents & (POLLHUP | POLLERR)) != 0) _exit(EXIT_NOT_CONFINED);
}

/*
 * The parent holds the other end of `alive` and nobody else does: a hang-up tells that it died before we were tied to
 * it.
 */
static void check_parent(int alive) {
  struct pollfd end = {.fd = alive, .events = POLLIN};
  if (poll(&end, 1, 0) < 0) fail(errno, "look for the parent", NULL, NULL);
  if ((end.revents & POLLHUP) != 0) _exit(EXIT_NOT_CONFINED);
  if (close(alive) != 0) fail(errno, "look for the parent", NULL, NULL);
}

/* Signals stay blocked, so none is lost before pid 1 takes them. */
static int wait_outside(pid_t init, const sigset_t *signals) {
  for (;;) {
    int signal = sigwaitinfo(signals, NULL);
    if (signal < 0 && errno == EINTR) continue;
    if (signal < 0) fail(errno, "wait for a signal", NULL, NULL);
    if (signal != SIGCHLD) {
      if (kill(init, signal) != 0 && errno != ESRCH) fail(errno, "pass on a signal", NULL, NULL);
      continue;
    }
    int status = 0;
    pid_t gone = waitpid(init, &status, WNOHANG);
    if (gone == 0) continue;
    if (gone < 0) fail(errno, "wait for the sandbox", NULL, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
  }
}

/* Ours would keep the command's pipes open after it closed them. A terminal is needed once more. */
static void close_stdio(const struct policy *policy) {
  for (int fd = foreground_is_ours() ? 1 : 0; fd <= 2; fd++)
    if (close(fd) != 0) fail(errno, "close stdio", NULL, NULL);
  if (policy->control >= 0 && close(policy->control) != 0) fail(errno, "close the control channel", NULL, NULL);
}

_Noreturn void namespaces_run(struct policy *policy, void (*inside)(struct policy *policy)) {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  sigset_t signals;
  int alive[2];
  signals_block(&signals);
  foreground_save();
  if (pipe2(alive, O_CLOEXEC) != 0) fail(errno, "make a pipe", NULL, NULL);
  pid_t init = (pid_t)syscall(SYS_clone, flags(), 0, 0, 0, 0);
  if (init < 0) fail(errno, "make namespaces", NULL, errno == ENOMEM ? NULL : USERNS_HINT);
  if (init > 0) {
    if (close(alive[0]) != 0) fail(errno, "make a pipe", NULL, NULL);
    close_stdio(policy);
    int code = wait_outside(init, &signals);
    foreground_restore();
    _exit(code);
  }
  if (close(alive[1]) != 0) fail(errno, "make a pipe", NULL, NULL);
  bool own_network = policy->net != NET_HOST && layer(LAYER_NETNS);
  if (own_network) network_begin();
  map_ids(uid, gid);
  namespaces_die_with_parent();
  check_parent(alive[0]);
  root_enter(policy);
  if (own_network) network_join();
  inside(policy);
  _exit(EXIT_NOT_CONFINED);
}
