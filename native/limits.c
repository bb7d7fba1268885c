/* Bounds processes, files and memory: by the pid namespace where the kernel can, by rlimits for the rest. */
#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fail.h"
#include "layers.h"

/* Once pids have wrapped around, the kernel gives out none below this (RESERVED_PIDS in kernel/pid.c). */
enum { RESERVED_PIDS = 300 };

static const char *pids_by = "none";

static int write_number(int dir, const char *path, unsigned long long number) {
  char text[24];
  int length = snprintf(text, sizeof text, "%llu\n", number);
  int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, text, (size_t)length);
  int error = errno;
  close(fd);
  errno = error;
  return written == length ? 0 : -1;
}

/* Before Linux 6.14 it is the whole machine's, and root would shrink it for everybody. */
static bool pid_max_is_our_own(void) {
  struct utsname name;
  int major = 0;
  int minor = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 6 || (major == 6 && minor >= 14);
}

/*
 * Root is exempt from RLIMIT_NPROC, so the number of pids itself is bounded. The first pid is moved behind the reserved
 * ones, so that there are as many before pids wrap around as after.
 */
static void bound_pids(int proc, unsigned long long most) {
  if (!pid_max_is_our_own()) return; /* RLIMIT_NPROC has to do */
  if (write_number(proc, "sys/kernel/pid_max", RESERVED_PIDS + most) != 0)
    fail(errno, "bound the number of processes", NULL, NULL);
  pids_by = "pid_max";
  if (write_number(proc, "sys/kernel/ns_last_pid", RESERVED_PIDS - 1) == 0) return;
  if (errno != ENOENT && errno != EPERM && errno != EACCES) fail(errno, "set the first pid", NULL, NULL);
}

void limits_set_through_proc(int proc, const struct policy *policy) {
  if (layer(LAYER_PIDS)) bound_pids(proc, policy->limits[LIMIT_PIDS]);
  if (write_number(proc, "self/oom_score_adj", 500) != 0) fail(errno, "set", "/proc/self/oom_score_adj", NULL);
}

/* Never above what already holds: raising it is not ours to do. */
static void set(int resource, const char *name, uint64_t value) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) fail(errno, "read the limit of", name, NULL);
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value) value = limit.rlim_max;
  limit.rlim_cur = limit.rlim_max = value;
  if (setrlimit(resource, &limit) != 0) fail(errno, "set the limit of", name, NULL);
}

void limits_set(const struct policy *policy) {
  const uint64_t *limits = policy->limits;
  set(RLIMIT_CORE, "core", 0);
  if (!layer(LAYER_LIMITS)) return;
  if (layer(LAYER_PIDS) && geteuid() != 0) {
    set(RLIMIT_NPROC, "pids", limits[LIMIT_PIDS] + 1); /* pid 1 is one of them */
    if (strcmp(pids_by, "none") == 0) pids_by = "nproc";
  }
  set(RLIMIT_NOFILE, "nofile", limits[LIMIT_NOFILE]);
  set(RLIMIT_FSIZE, "fsize", limits[LIMIT_FSIZE]);
  if (limits[LIMIT_DATA] != 0) set(RLIMIT_DATA, "data", limits[LIMIT_DATA]);
}

void limits_set_for_command(const struct policy *policy) {
  if (layer(LAYER_LIMITS) && policy->limits[LIMIT_CPU] != 0) set(RLIMIT_CPU, "cpu", policy->limits[LIMIT_CPU]);
}

const char *limits_pids_by(void) { return pids_by; }
