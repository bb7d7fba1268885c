/*
 * Notices when something outside takes a cover away. A mount lies on a file, not on a name: `git config`, or an editor
 * that saves by renaming, puts a new file in the place of the covered one, and the kernel lets the cover go in every
 * namespace. A command that still runs would then see a secret anew, or could write what the host obeys.
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "kernel.h"
#include "layers.h"

struct cover {
  char *path;
  uint64_t mount;
};

static struct cover *covers;
static size_t count;

void watch_add(const char *path, uint64_t mount) {
  struct cover *more = realloc(covers, (count + 1) * sizeof *covers);
  if (more == NULL) fail(errno, "remember what is protected", NULL, NULL);
  covers = more;
  covers[count].path = strdup(path);
  if (covers[count].path == NULL) fail(errno, "remember what is protected", NULL, NULL);
  covers[count++].mount = mount;
}

/*
 * A cover that is let go is told at once. One that was moved away together with its file is only seen by looking: ten
 * times a second, which for a thousand of them takes a hundredth of a processor.
 */
static void open_clock(struct watch *watch) {
  const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
  const struct itimerspec ticks = {.it_interval = tenth, .it_value = tenth};
  watch->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (watch->clock < 0 || timerfd_settime(watch->clock, 0, &ticks, NULL) != 0) fail(errno, "set a timer", NULL, NULL);
}

void watch_open(struct watch *watch) {
  watch->mounts = watch->clock = -1;
  watch->bare = NULL;
  if (count == 0 || !layer(LAYER_WATCH)) return;
  watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  if (watch->mounts < 0) fail(errno, "watch", "/proc/self/mountinfo", NULL);
  open_clock(watch);
  /* Only now: what goes from here on is told. */
  if (watch_look(watch)) fail(0, "protect", watch->bare, "it was replaced just now; start the command again");
}

void watch_poll(const struct watch *watch, struct pollfd *polls) {
  polls[0] = (struct pollfd){.fd = watch->mounts, .events = POLLPRI};
  polls[1] = (struct pollfd){.fd = watch->clock, .events = POLLIN};
}

bool watch_serve(struct watch *watch, const struct pollfd *polls) {
  uint64_t ticks = 0;
  if (polls[0].revents == 0 && polls[1].revents == 0) return false;
  if (polls[1].revents != 0 && read(watch->clock, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
    fail(errno, "read a timer", NULL, NULL);
  return watch_look(watch);
}

bool watch_look(struct watch *watch) {
  if (watch->mounts < 0) return false;
  for (size_t i = 0; i < count && watch->bare == NULL; i++)
    if (kernel_mount_id(AT_FDCWD, covers[i].path) != covers[i].mount) watch->bare = covers[i].path;
  return watch->bare != NULL;
}
