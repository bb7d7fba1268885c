/* Makes the network namespace in a process of its own, so that on a second core it costs no time, and moves in. */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"

static pid_t maker;
static int told[2];

static void bring_up_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(errno, "open a socket", NULL, NULL);
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) fail(errno, "bring up the loopback interface", NULL, NULL);
  if (close(fd) != 0) fail(errno, "open a socket", NULL, NULL);
}

/* The table of open files is shared: what is opened here is open for who waits, who is told the number. */
static _Noreturn void make(void) {
  if (unshare(CLONE_NEWNET) != 0) fail(errno, "make a network namespace", NULL, NULL);
  bring_up_loopback();
  int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd < 0 || write(told[1], &fd, sizeof fd) != (ssize_t)sizeof fd)
    fail(errno, "hand over the network namespace", NULL, NULL);
  _exit(0);
}

void network_begin(void) {
  if (pipe2(told, O_CLOEXEC) != 0) fail(errno, "make a pipe", NULL, NULL);
  maker = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (maker < 0) fail(errno, "start a process", NULL, NULL);
  if (maker == 0) make();
}

void network_join(void) {
  int status = 0;
  int fd = -1;
  if (waitpid(maker, &status, 0) != maker) fail(errno, "wait for the network namespace", NULL, NULL);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(EXIT_NOT_CONFINED); /* it has said why */
  if (read(told[0], &fd, sizeof fd) != (ssize_t)sizeof fd) fail(errno, "take over the network namespace", NULL, NULL);
  if (setns(fd, CLONE_NEWNET) != 0) fail(errno, "enter the network namespace", NULL, NULL);
  if (close(fd) != 0 || close(told[0]) != 0 || close(told[1]) != 0)
    fail(errno, "enter the network namespace", NULL, NULL);
}
