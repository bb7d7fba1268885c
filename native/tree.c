/* Copies, makes and places mounts by descriptor (open_tree, fsopen, move_mount of Linux 5.2; mount_setattr of 5.12). */
#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "kernel.h"

static const char *hint_for_source(int error) {
  switch (error) {
    case ELOOP:
      return "a part of it is a symbolic link; give the real path";
    case EACCES:
      return "run as the owner of these files: a confined root has no power over files of others";
    case ENOSYS:
      return "Linux 5.12 or newer is needed";
    default:
      return NULL;
  }
}

int tree_source(const char *flag, const char *path) {
  int fd = kernel_openat2(AT_FDCWD, path, O_PATH, K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS);
  if (fd < 0) fail(errno, flag, path, hint_for_source(errno));
  return fd;
}

static int copy(int fd, uint64_t attributes, const char *subject) {
  int tree = kernel_open_tree(fd, K_OPEN_TREE_CLONE | K_AT_RECURSIVE);
  if (tree < 0) fail(errno, "copy the mount of", subject, NULL);
  if (attributes != 0 && kernel_mount_restrict(tree, attributes, K_AT_RECURSIVE) != 0)
    fail(errno, "restrict the mount of", subject, errno == ENOSYS ? "Linux 5.12 or newer is needed" : NULL);
  return tree;
}

int tree_copy(int fd, unsigned how, const char *subject) {
  uint64_t attributes = K_MOUNT_NOSUID | K_MOUNT_NODEV;
  if ((how & TREE_READONLY) != 0) attributes |= K_MOUNT_RDONLY;
  if ((how & TREE_NOEXEC) != 0) attributes |= K_MOUNT_NOEXEC;
  return copy(fd, attributes, subject);
}

int tree_copy_device(int fd, const char *subject) {
  /* Read-only holds for the node, whose mode root could change for the whole host, not for what is written to it. */
  return copy(fd, K_MOUNT_RDONLY | K_MOUNT_NOSUID | K_MOUNT_NOEXEC, subject);
}

static const char *hint_for_type(const char *type, int error) {
  if (strcmp(type, "proc") == 0 && error == EPERM) return "parts of the host's /proc are covered, as in a container";
  return error == ENOSYS ? "Linux 5.12 or newer is needed" : NULL;
}

int tree_new(const char *type, const char *const *options, uint64_t attributes) {
  int fs = (int)syscall(NR_FSOPEN, type, K_FSOPEN_CLOEXEC);
  if (fs < 0) fail(errno, "make a file system", type, hint_for_type(type, errno));
  for (; *options != NULL; options += 2)
    if (syscall(NR_FSCONFIG, fs, K_FSCONFIG_SET_STRING, options[0], options[1], 0) != 0)
      fail(errno, "set an option of a file system", options[0], NULL);
  if (syscall(NR_FSCONFIG, fs, K_FSCONFIG_CREATE, NULL, NULL, 0) != 0)
    fail(errno, "make a file system", type, hint_for_type(type, errno));
  int mount = (int)syscall(NR_FSMOUNT, fs, K_FSMOUNT_CLOEXEC, attributes);
  if (mount < 0) fail(errno, "mount a file system", type, hint_for_type(type, errno));
  if (close(fs) != 0) fail(errno, "mount a file system", type, NULL);
  return mount;
}

void tree_put(int tree, int dir, const char *path, const char *subject) {
  if (kernel_move_mount(tree, dir, path) == 0) return;
  const char *hint = errno == ENOTDIR ? "a file cannot be mounted on a directory, nor the other way round" : NULL;
  fail(errno, "mount", subject, hint);
}
