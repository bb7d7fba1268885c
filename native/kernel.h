/* System calls and constants that a libc or its headers may be too old to know, under names of our own. */
#ifndef VT_KERNEL_H
#define VT_KERNEL_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From 424 on a number is the same on every architecture (scripts/syscall.tbl of the kernel). */
enum {
  NR_OPEN_TREE = 428,
  NR_MOVE_MOUNT = 429,
  NR_FSOPEN = 430,
  NR_FSCONFIG = 431,
  NR_FSMOUNT = 432,
  NR_CLOSE_RANGE = 436,
  NR_OPENAT2 = 437,
  NR_MOUNT_SETATTR = 442,
  NR_LANDLOCK_CREATE_RULESET = 444,
  NR_LANDLOCK_ADD_RULE = 445,
  NR_LANDLOCK_RESTRICT_SELF = 446,
};

enum {
  K_RESOLVE_NO_MAGICLINKS = 0x02,
  K_RESOLVE_NO_SYMLINKS = 0x04,
  K_RESOLVE_BENEATH = 0x08,
  K_OPEN_TREE_CLONE = 1,
  K_AT_EMPTY_PATH = 0x1000,
  K_AT_RECURSIVE = 0x8000,
  K_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
  K_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
  K_FSOPEN_CLOEXEC = 1,
  K_FSMOUNT_CLOEXEC = 1,
  K_FSCONFIG_SET_STRING = 1,
  K_FSCONFIG_CREATE = 6,
  K_MOUNT_RDONLY = 0x01,
  K_MOUNT_NOSUID = 0x02,
  K_MOUNT_NODEV = 0x04,
  K_MOUNT_NOEXEC = 0x08,
  K_MS_PRIVATE = 1 << 18,
};

struct kernel_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

struct kernel_mount_attr {
  uint64_t attr_set;
  uint64_t attr_clr;
  uint64_t propagation;
  uint64_t userns_fd;
};

static inline int kernel_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve) {
  struct kernel_open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
  return (int)syscall(NR_OPENAT2, dir, path, &how, sizeof how);
}

static inline int kernel_open_tree(int fd, unsigned flags) {
  return (int)syscall(NR_OPEN_TREE, fd, "", flags | K_AT_EMPTY_PATH | O_CLOEXEC);
}

static inline int kernel_move_mount(int tree, int dir, const char *path) {
  unsigned to = path[0] == '\0' ? K_MOVE_MOUNT_T_EMPTY_PATH : 0;
  return (int)syscall(NR_MOVE_MOUNT, tree, "", dir, path, to | K_MOVE_MOUNT_F_EMPTY_PATH);
}

/* Adds to what a mount, and with `recursive` all that is mounted below it, does not let through. */
static inline int kernel_mount_restrict(int mount, uint64_t attributes, unsigned recursive) {
  struct kernel_mount_attr attr = {.attr_set = attributes, .propagation = K_MS_PRIVATE};
  return (int)syscall(NR_MOUNT_SETATTR, mount, "", recursive | K_AT_EMPTY_PATH, &attr, sizeof attr);
}

/* The mount that `path` leads to from `dir`, its last name not followed; that of `dir` where it is empty; 0 where it leads
 * nowhere. Linux 5.8. */
static inline uint64_t kernel_mount_id(int dir, const char *path) {
  enum { WANT_MOUNT_ID = 0x1000, MOUNT_ID_WORD = 18 };
  uint64_t answer[32] = {0}; /* struct statx, whose stx_mnt_id older headers lack */
  int flags = AT_SYMLINK_NOFOLLOW | K_AT_EMPTY_PATH;
  long result = syscall(SYS_statx, dir, path, flags, WANT_MOUNT_ID, answer);
  return result == 0 ? answer[MOUNT_ID_WORD] : 0;
}

#endif
