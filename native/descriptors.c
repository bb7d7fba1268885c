/* Closes what was inherited: through a directory left open a command could reach the host's own mounts. */
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "kernel.h"
#include "layers.h"
#include "path.h"

/* A missing one would be taken by the first file that we open. */
static void fill_missing(int fd) {
  if (fcntl(fd, F_GETFD) >= 0) return;
  if (open("/dev/null", O_RDWR) != fd) fail(errno, "open", "/dev/null", NULL);
}

/* Where a carved path lies on the host: below the source of its mount. */
static bool is_carved(const struct policy *policy, const struct carve_item *carve, const char *file) {
  const struct mount_item *in = policy_mount_of(policy, carve->path);
  char path[2 * PATH_BYTES];
  snprintf(path, sizeof path, "%s%s", in->source, carve->path + strlen(in->path));
  return path_within(file, path);
}

/* A file can be opened anew through /proc/self/fd, past what is mounted over its name. */
static bool is_covered(const struct policy *policy, int fd) {
  char link[32];
  char file[PATH_BYTES];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, file, sizeof file - 1);
  if (length < 0) fail(errno, "look at", link, NULL);
  file[length] = '\0';
  for (size_t i = 0; i < policy->carve_count; i++)
    if (is_carved(policy, &policy->carves[i], file)) return true;
  return false;
}

/* `openat` on a directory, or a disk as such, would pass by every mount of ours. */
static void check_stdio(const struct policy *policy, int fd) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", names[fd], NULL);
  if (S_ISDIR(info.st_mode) || S_ISBLK(info.st_mode))
    fail(0, "hand over", names[fd], "it is a directory or a disk; give a pipe, a terminal, a file or /dev/null");
  if (S_ISREG(info.st_mode) && is_covered(policy, fd))
    fail(0, "hand over", names[fd], "it is a file that the policy protects or hides; give a pipe");
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
  for (int fd = 0; fd <= 2; fd++) check_stdio(policy, fd);
  if (policy->control >= 0) policy->control = move_control(policy->control);
}
