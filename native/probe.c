/* Tells as JSON what the kernel offers, and puts all layers on once in a process that then ends. */
#include "probe.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"
#include "fail.h"
#include "filter.h"
#include "landlock.h"
#include "limits.h"
#include "namespaces.h"
#include "policy.h"

static const struct {
  const char *name;
  unsigned long flag;
} NAMESPACES[] = {
    {"user", 0},           {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP},
};

static bool can_make(unsigned long flag) {
  int status = 0;
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | flag | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void try_layers(struct policy *policy) {
  confine_process(policy);
  const char *by = limits_pids_by();
  _exit(write(fail_fd, by, strlen(by)) < 0 ? EXIT_NOT_CONFINED : 0);
}

/* A run in full, with nothing in view. `said` becomes what bounds pids, or the line that tells what failed. */
static bool try_all(char *said, size_t size) {
  int ends[2];
  int status = 0;
  size_t length = 0;
  static struct policy policy = {.namespaces = true, .unix_sockets = true, .landlock_min = 1, .control = -1};
  policy.mounts[0] = (struct mount_item){.kind = MOUNT_TMPFS, .path = "/tmp", .size = 1 << 20, .tree = -1};
  policy.mount_count = 1;
  policy.cwd = "/tmp";
  policy.limits[LIMIT_PIDS] = 512;
  policy.limits[LIMIT_NOFILE] = 4096;
  policy.limits[LIMIT_FSIZE] = (uint64_t)4 << 30;
  if (pipe(ends) != 0) return false;
  pid_t child = fork();
  if (child == 0) {
    fail_fd = ends[1];
    close(ends[0]);
    namespaces_run(&policy, try_layers);
  }
  close(ends[1]);
  for (ssize_t got = 1; got > 0 && length<size - 1; length += got> 0 ? (size_t)got : 0)
    got = read(ends[0], said + length, size - 1 - length);
  said[length] = '\0';
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void print_string(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    if (*text == '\n') continue;
    if (*text == '"' || *text == '\\') putchar('\\');
    putchar(*text);
  }
  putchar('"');
}

_Noreturn void probe_run(void) {
  static const char *const archs[ARCH_COUNT] = {[ARCH_X86_64] = "x86_64", [ARCH_AARCH64] = "aarch64"};
  char said[1024] = "";
  struct utsname name;
  bool ready = try_all(said, sizeof said);
  printf("{\"version\":1,\"arch\":\"%s\",\"kernel\":", archs[ARCH_NATIVE]);
  print_string(uname(&name) == 0 ? name.release : "");
  printf(",\"uid\":%u,\"landlock\":{\"abi\":%d,\"errata\":%d},\"namespaces\":{", geteuid(), landlock_abi(),
         landlock_errata());
  for (size_t i = 0; i < sizeof NAMESPACES / sizeof NAMESPACES[0]; i++)
    printf("%s\"%s\":%s", i == 0 ? "" : ",", NAMESPACES[i].name, can_make(NAMESPACES[i].flag) ? "true" : "false");
  printf("},\"ready\":%s,\"pids\":", ready ? "true" : "false");
  print_string(ready ? said : "none");
  printf(",\"why\":");
  print_string(ready ? "" : said);
  printf("}\n");
  _exit(fflush(stdout) == 0 && ready ? 0 : 1);
}
