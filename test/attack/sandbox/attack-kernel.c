/* Attacks on the kernel's wider surface: namespaces, mounts, rings, foreign entries, keys, clocks. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

static int failed(long result) { return result < 0; }

static int mount_tmpfs(char **words) { return failed(mount("none", words[0], "tmpfs", 0, NULL)); }
static int open_filesystem(char **words) { return (void)words, failed(syscall(430, "tmpfs", 0)); }
static int clone_tree(char **words) { return (void)words, failed(syscall(428, AT_FDCWD, "/usr", 1)); }
static int unshare_mounts(char **words) { return (void)words, failed(unshare(CLONE_NEWUSER | CLONE_NEWNS)); }
static int unshare_user(char **words) { return (void)words, failed(unshare(CLONE_NEWUSER)); }
static int unshare_time(char **words) { return (void)words, failed(unshare(CLONE_NEWUSER | 0x80)); }

static int end_child(long pid) {
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid((pid_t)pid, NULL, 0);
  return pid < 0;
}

static int clone_user(char **words) {
  (void)words;
  return end_child(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

/* The flags in the upper half are dropped by the kernel: they must not confuse the filter either. */
static int clone_user_high(char **words) {
  (void)words;
  return end_child(syscall(SYS_clone, 0xf00000000UL | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int clone3_user(char **words) {
  uint64_t args[11] = {[0] = CLONE_NEWUSER, [4] = SIGCHLD};
  (void)words;
  return end_child(syscall(435, args, sizeof args));
}

static int join_namespace(char **words) {
  int fd = open(strcmp(words[0], "self") == 0 ? "/proc/self/ns/net" : words[0], O_RDONLY);
  return fd < 0 || failed(setns(fd, 0));
}

static int io_ring(char **words) {
  char params[256] = {0};
  (void)words;
  return failed(syscall(425, 4, params));
}

static int key_ring(char **words) { return (void)words, failed(syscall(SYS_keyctl, 0, -3, 1)); }
static int add_key(char **words) { return (void)words, failed(syscall(SYS_add_key, "user", "attack", "x", 1, -3)); }

static int count_cycles(char **words) {
  uint32_t attributes[32] = {1, 128}; /* the clock, which virtual machines have too */
  (void)words;
  attributes[10] = 1 << 5 | 1 << 6; /* not of the kernel */
  return failed(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static int user_faults(char **words) { return (void)words, failed(syscall(SYS_userfaultfd, 1)); }

static int load_bpf(char **words) {
  uint64_t attributes[16] = {0};
  (void)words;
  return failed(syscall(SYS_bpf, 0, attributes, sizeof attributes)) && (errno == EPERM || errno == ENOSYS);
}

#ifdef __x86_64__
/* getpid by the numbers of x32. */
static int x32_entry(char **words) { return (void)words, failed(syscall(0x40000000L | 39)); }

/* getpid by the entry of i386, where it is number 20. In a child: a filter may kill for it. */
static int i386_entry(char **words) {
  int status = 0;
  (void)words;
  pid_t child = fork();
  if (child == 0) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    _exit(result > 0 ? 0 : 1);
  }
  return waitpid(child, &status, 0) != child || status != 0;
}
#else
static int x32_entry(char **words) { return (void)words, 1; }
static int i386_entry(char **words) { return (void)words, 1; }
#endif

static int regain_capability(char **words) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct all[2] = {{1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 0}};
  (void)words;
  return failed(syscall(SYS_capset, &header, all));
}

static int rename_host(char **words) { return (void)words, failed(sethostname("attacked", 8)); }

static int set_clock(char **words) {
  struct timespec now;
  (void)words;
  return failed(clock_gettime(CLOCK_REALTIME, &now)) || failed(clock_settime(CLOCK_REALTIME, &now));
}

static int read_as_needed(char **words) { return (void)words, failed(personality(READ_IMPLIES_EXEC)); }

static int watch_all(char **words) { return (void)words, failed(syscall(SYS_fanotify_init, 0x200, 0)); }

static int splice_memory(char **words) {
  struct {
    const char *base;
    size_t length;
  } one = {"x", 1};
  int ends[2];
  (void)words;
  return failed(pipe(ends)) || failed(syscall(SYS_vmsplice, ends[1], &one, 1UL, 0));
}

static int read_log(char **words) {
  char log[64];
  (void)words;
  return failed(syscall(SYS_syslog, 3, log, sizeof log));
}

/* A call that was not known when the filter was written: it must look as if the kernel had none. */
static int future_call(char **words) { return (void)words, failed(syscall(600)) && errno == ENOSYS; }

static int clear_no_new_privs(char **words) {
  (void)words;
  return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && failed(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

const struct attack KERNEL_ATTACKS[] = {
    {"mount", mount_tmpfs, 1},
    {"fsopen", open_filesystem, 0},
    {"open_tree", clone_tree, 0},
    {"unshare-mnt", unshare_mounts, 0},
    {"unshare-user", unshare_user, 0},
    {"unshare-time", unshare_time, 0},
    {"clone-newuser", clone_user, 0},
    {"clone-newuser-high", clone_user_high, 0},
    {"clone3-newuser", clone3_user, 0},
    {"setns", join_namespace, 1},
    {"io_uring", io_ring, 0},
    {"keyctl", key_ring, 0},
    {"add_key", add_key, 0},
    {"perf", count_cycles, 0},
    {"userfaultfd", user_faults, 0},
    {"bpf", load_bpf, 0},
    {"x32", x32_entry, 0},
    {"i386", i386_entry, 0},
    {"capset", regain_capability, 0},
    {"sethostname", rename_host, 0},
    {"clock", set_clock, 0},
    {"personality", read_as_needed, 0},
    {"fanotify", watch_all, 0},
    {"vmsplice", splice_memory, 0},
    {"syslog", read_log, 0},
    {"future-call", future_call, 0},
    {"clear-nnp", clear_no_new_privs, 0},
    {NULL, NULL, 0},
};
