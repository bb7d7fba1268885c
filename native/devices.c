/*
 * Makes a /dev of harmless nodes with terminals of its own, and a /proc of this pid namespace that cannot be written.
 */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fail.h"
#include "kernel.h"
#include "layers.h"
#include "limits.h"
#include "tree.h"

/* Numbers as in admin-guide/devices.txt of the kernel; another device under one of these names is refused. */
static const struct {
  const char *path;
  unsigned major, minor;
} NODES[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const struct {
  const char *target, *path;
} LINKS[] = {
    {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
    {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"},
};

static void make_directory(int root, const char *path) {
  if (mkdirat(root, path, 0755) != 0) fail(errno, "make the directory", path, NULL);
}

static void put_new(int root, const char *path, int mount) {
  make_directory(root, path);
  tree_put(mount, root, path, path);
}

/* Mounts the node behind `fd` on a file of the new /dev. */
static void put_node(int root, const char *path, int fd) {
  int tree = layer(LAYER_DEV) ? tree_copy_device(fd, path) : kernel_open_tree(fd, K_OPEN_TREE_CLONE);
  if (mknodat(root, path, S_IFREG | 0444, 0) != 0) fail(errno, "make the place for", path, NULL);
  tree_put(tree, root, path, path);
  if (close(tree) != 0 || close(fd) != 0) fail(errno, "mount", path, NULL);
}

static void put_nodes(int root) {
  for (size_t i = 0; i < sizeof NODES / sizeof NODES[0]; i++) {
    int fd = tree_source("open the device", NODES[i].path);
    struct stat info;
    if (fstat(fd, &info) != 0) fail(errno, "look at", NODES[i].path, NULL);
    if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(NODES[i].major, NODES[i].minor))
      fail(0, "use the device", NODES[i].path, "it is not what its name says");
    put_node(root, NODES[i].path + 1, fd);
  }
}

/*
 * The terminal that the command was started on, as /dev/console, so that ttyname(3) finds a name for it. The host's
 * /dev/pts is not in view: other terminals of the same user could be read and written there.
 */
static void put_console(int root) {
  struct stat wanted;
  struct stat found;
  char path[64];
  if (!isatty(STDIN_FILENO) || fstat(STDIN_FILENO, &wanted) != 0) return;
  ssize_t length = readlink("/proc/self/fd/0", path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  int fd = kernel_openat2(AT_FDCWD, path, O_PATH, K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS);
  if (fd < 0) return; /* a terminal of another container has no name here: the command does without */
  bool same = fstat(fd, &found) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino;
  if (same) put_node(root, "dev/console", fd);
  else close(fd);
}

static void mount_dev(int root) {
  static const char *const terminals[] = {"ptmxmode", "0666", "mode", "0620", "max", "256", NULL};
  static const char *const shared_memory[] = {"size", "256m", "nr_inodes", "65536", "mode", "1777", NULL};
  make_directory(root, "dev");
  put_nodes(root);
  int mount = tree_new("devpts", terminals, K_MOUNT_NOSUID | K_MOUNT_NOEXEC);
  put_new(root, "dev/pts", mount);
  close(mount);
  mount = tree_new("tmpfs", shared_memory, K_MOUNT_NOSUID | K_MOUNT_NODEV);
  put_new(root, "dev/shm", mount);
  close(mount);
  put_console(root);
  for (size_t i = 0; i < sizeof LINKS / sizeof LINKS[0]; i++)
    if (symlinkat(LINKS[i].target, root, LINKS[i].path) != 0) fail(errno, "make the link", LINKS[i].path, NULL);
}

/* The names of the user's keys are nobody's business inside. A kernel without keys has no list of them. */
static void cover_keys(int proc) {
  if (faccessat(proc, "keys", F_OK, 0) != 0) return;
  int fd = tree_source("open the device", "/dev/null");
  int tree = tree_copy_device(fd, "/dev/null");
  tree_put(tree, proc, "keys", "/proc/keys");
  if (close(tree) != 0 || close(fd) != 0) fail(errno, "cover", "/proc/keys", NULL);
}

static void mount_proc(int root, const struct policy *policy) {
  static const char *const options[] = {NULL};
  int mount = tree_new("proc", options, K_MOUNT_NOSUID | K_MOUNT_NODEV | K_MOUNT_NOEXEC);
  put_new(root, "proc", mount);
  limits_set_through_proc(mount, policy);
  cover_keys(mount);
  /* Root owns /proc/sys of the host even without a single capability. */
  if (layer(LAYER_PROC) && kernel_mount_restrict(mount, K_MOUNT_RDONLY, 0) != 0)
    fail(errno, "make /proc read-only", NULL, NULL);
  close(mount);
}

void devices_mount(int root, const struct policy *policy) {
  mount_dev(root);
  mount_proc(root, policy);
}
