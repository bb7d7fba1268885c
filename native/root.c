/* Builds a fresh root that holds what the policy lists and nothing else, and moves into it. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carve.h"
#include "check.h"
#include "devices.h"
#include "fail.h"
#include "kernel.h"
#include "layers.h"
#include "tree.h"

static int by_path(const void *one, const void *other) {
  const struct mount_item *a = one;
  const struct mount_item *b = other;
  return strcmp(a->path, b->path); /* what holds another comes before it */
}

/*
 * A tree of somebody else would be unreadable, or read-only, inside: better to say so than to let a command find out.
 */
static void check_owner(int fd, const struct mount_item *item) {
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", item->source, NULL);
  if (item->kind != MOUNT_RW || info.st_uid == geteuid()) return;
  int wanted = S_ISDIR(info.st_mode) ? W_OK | X_OK : W_OK;
  if (faccessat(fd, "", wanted, AT_EACCESS | AT_EMPTY_PATH) == 0) return;
  fail(errno, "write in", item->source, "it belongs to another user; run as its owner");
}

static int new_tmpfs(uint64_t bytes, const char *mode) {
  char size[32];
  char inodes[32];
  /* A file without content takes a kilobyte or so of the kernel's: bounded too. */
  snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
  snprintf(inodes, sizeof inodes, "%llu", (unsigned long long)(bytes / 2048 + 64));
  const char *const options[] = {"size", size, "nr_inodes", inodes, "mode", mode, NULL};
  return tree_new("tmpfs", options, K_MOUNT_NOSUID | K_MOUNT_NODEV);
}

static int open_tree_of(const struct mount_item *item) {
  if (item->kind == MOUNT_TMPFS) return new_tmpfs(item->size, strcmp(item->path, "/tmp") == 0 ? "1777" : "0755");
  int fd = tree_source(item->kind == MOUNT_RW ? "open --rw" : "open --ro", item->source);
  check_owner(fd, item);
  bool readonly = item->kind == MOUNT_RO && layer(LAYER_READONLY);
  int tree = tree_copy(fd, readonly ? TREE_READONLY : 0, item->source);
  if (close(fd) != 0) fail(errno, "open", item->source, NULL);
  return tree;
}

/* The proxy's socket is mounted like a file of the policy. */
static void add_proxy(struct policy *policy) {
  if (policy->net != NET_PROXY) return;
  if (policy->mount_count == MAX_ITEMS) reject("--net", policy->proxy_socket, "more than 1000 mounts");
  struct mount_item item = {.kind = MOUNT_RO, .source = policy->proxy_socket, .path = PROXY_PATH, .tree = -1};
  policy->mounts[policy->mount_count++] = item;
}

/* One step down from `at`. Missing directories are made where all is ours, never in a tree of the host. */
static int step(int at, const char *name, bool directory, bool ours) {
  uint64_t flags = O_PATH | (directory ? O_DIRECTORY : 0);
  uint64_t resolve = K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS;
  int next = kernel_openat2(at, name, flags, resolve);
  if (next >= 0 || errno != ENOENT || !ours) return next;
  int made = directory ? mkdirat(at, name, 0755) : mknodat(at, name, S_IFREG | 0444, 0);
  return made != 0 ? -1 : kernel_openat2(at, name, flags, resolve);
}

/* The innermost mount that holds the place for a mount or a link; what is in none of them, or in a tmpfs, is ours. */
static bool place_is_ours(const struct policy *policy, const char *path) {
  char parent[PATH_BYTES];
  snprintf(parent, sizeof parent, "%s", path);
  *strrchr(parent, '/') = '\0';
  const struct mount_item *in = parent[0] == '\0' ? NULL : policy_mount_of(policy, parent);
  return in == NULL || in->kind == MOUNT_TMPFS;
}

/* The directory that is to hold `path`, made where it is missing; and the last name of `path`. */
static int open_parent(int root, const char *path, bool ours, const char **last) {
  char name[PATH_BYTES];
  int at = root;
  const char *from = path + 1;
  for (const char *slash = strchr(from, '/'); slash != NULL; from = slash + 1, slash = strchr(from, '/')) {
    memcpy(name, from, (size_t)(slash - from));
    name[slash - from] = '\0';
    int next = step(at, name, true, ours);
    if (next < 0) fail(errno, "make the place for", path, NULL);
    if (at != root && close(at) != 0) fail(errno, "make the place for", path, NULL);
    at = next;
  }
  *last = from;
  return at;
}

static bool is_directory(int fd, const char *subject) {
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", subject, NULL);
  return S_ISDIR(info.st_mode);
}

static void put_item(const struct policy *policy, int root, const struct mount_item *item) {
  bool ours = place_is_ours(policy, item->path);
  const char *last = NULL;
  int parent = open_parent(root, item->path, ours, &last);
  int place = step(parent, last, is_directory(item->tree, item->path), ours);
  if (place < 0)
    fail(errno, "find the place for", item->path, ours ? NULL : "it must exist in the tree that it lies in");
  tree_put(item->tree, place, "", item->path);
  if (close(place) != 0 || (parent != root && close(parent) != 0)) fail(errno, "mount", item->path, NULL);
}

static void put_link(const struct policy *policy, int root, const struct link_item *link) {
  bool ours = place_is_ours(policy, link->path);
  if (!ours) reject("--symlink", link->path, "its place is not in a directory of the sandbox's own");
  const char *last = NULL;
  int parent = open_parent(root, link->path, ours, &last);
  if (symlinkat(link->target, parent, last) != 0) fail(errno, "make the link", link->path, NULL);
  if (parent != root && close(parent) != 0) fail(errno, "make the link", link->path, NULL);
}

static void move_in(int root) {
  if (fchdir(root) != 0) fail(errno, "enter the new root", NULL, NULL);
  if (syscall(SYS_pivot_root, ".", ".") != 0) fail(errno, "change the root", NULL, NULL);
  if (umount2(".", MNT_DETACH) != 0) fail(errno, "let go of the host's root", NULL, NULL);
  if (chdir("/") != 0) fail(errno, "enter the new root", NULL, NULL);
}

static void build(struct policy *policy) {
  add_proxy(policy);
  qsort(policy->mounts, policy->mount_count, sizeof policy->mounts[0], by_path);
  /* All sources first: the new root may cover them. */
  for (size_t i = 0; i < policy->mount_count; i++) policy->mounts[i].tree = open_tree_of(&policy->mounts[i]);
  int root = new_tmpfs(32U << 20, "0755");
  tree_put(root, AT_FDCWD, "/", "the new root");
  devices_mount(root, policy);
  for (size_t i = 0; i < policy->mount_count; i++) put_item(policy, root, &policy->mounts[i]);
  for (size_t i = 0; i < policy->link_count; i++) put_link(policy, root, &policy->links[i]);
  carve(policy, root);
  if (kernel_mount_restrict(root, K_MOUNT_RDONLY, 0) != 0) fail(errno, "make the root read-only", NULL, NULL);
  move_in(root);
  if (close(root) != 0) fail(errno, "enter the new root", NULL, NULL);
}

void root_enter(struct policy *policy) {
  mode_t mask = umask(0);
  /* Nothing that is mounted on the host from now on comes in, and nothing of ours goes out. */
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail(errno, "mount anything", NULL, "namespaces without power: see kernel.apparmor_restrict_unprivileged_userns");
  if (layer(LAYER_ROOT)) build(policy);
  umask(mask);
}
