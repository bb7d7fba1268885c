/* Closes what was inherited: through a directory left open a command could reach the host's own mounts. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "kernel.h"
#include "layers.h"

/* A missing one would be taken by the first file that we open. */
static void fill_missing(int fd) {
  if (fcntl(fd, F_GETFD) >= 0) return;
  if (open("/dev/null", O_RDWR) != fd) fail(errno, "open", "/dev/null", NULL);
}

/* `openat` on a directory, or a disk as such, would pass by every mount of ours. */
static void check_stdio(int fd) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", names[fd], NULL);
  if (S_ISDIR(info.st_mode) || S_ISBLK(info.st_mode))
    fail(0, "hand over", names[fd], "it is a directory or a disk; give a pipe, a terminal, a file or /dev/null");
}

/* A pipe or a socket has no path, so nothing can be opened through it. */
static int move_control(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "use the control channel", NULL, "pass a pipe or a socket as descriptor 3");
  if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))
    fail(0, "use the control channel", NULL, "descriptor 3 must be a pipe or a socket");
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
  if (moved < 0) fail(errno, "move the control channel", NULL, NULL);
  if (close(fd) != 0) fail(errno, "move the control channel", NULL, NULL);
  return moved;
}

void descriptors_seal(struct policy *policy) {
  unsigned first = policy->control < 0 ? 3 : 4;
  if (layer(LAYER_FDS) && syscall(NR_CLOSE_RANGE, first, ~0U, 0) != 0)
    fail(errno, "close inherited descriptors", NULL, "Linux 5.9 or newer is needed");
  for (int fd = 0; fd <= 2; fd++) fill_missing(fd);
  for (int fd = 0; fd <= 2; fd++) check_stdio(fd);
  if (policy->control >= 0) policy->control = move_control(policy->control);
}
