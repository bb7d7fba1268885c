/* Refuses a policy that would hide a hole: overlapping writable trees, protection without effect, a shared root. */
#include "check.h"

#include <string.h>

#include "fail.h"
#include "path.h"

static const char *const FLAG_OF_MOUNT[] = {[MOUNT_RO] = "--ro", [MOUNT_RW] = "--rw", [MOUNT_TMPFS] = "--tmpfs"};
static const char *const FLAG_OF_CARVE[] = {
    [CARVE_PROTECT] = "--protect", [CARVE_HIDE] = "--hide", [CARVE_MASK] = "--mask-socket"};

const struct mount_item *policy_mount_of(const struct policy *policy, const char *path) {
  const struct mount_item *found = NULL;
  for (size_t i = 0; i < policy->mount_count; i++) {
    const struct mount_item *item = &policy->mounts[i];
    if (path_within(path, item->path) && (found == NULL || path_below(item->path, found->path))) found = item;
  }
  return found;
}

static void check_place(const char *flag, const char *path) {
  if (path[1] == '\0') reject(flag, path, "the root cannot be shared: name what is needed");
  if (path_within(path, "/proc") || path_within(path, "/dev"))
    reject(flag, path, "/proc and /dev are made by the launcher");
}

static void check_mount(const struct mount_item *item) {
  const char *flag = FLAG_OF_MOUNT[item->kind];
  check_place(flag, item->path);
  if (item->source != NULL) check_place(flag, item->source);
}

/* What is writable under one name must not be read-only, or writable once more, under another. */
static void check_pair(const struct mount_item *one, const struct mount_item *other) {
  if (strcmp(one->path, other->path) == 0) reject(FLAG_OF_MOUNT[other->kind], other->path, "two mounts in one place");
  if (one->kind != MOUNT_RW || other->source == NULL) return;
  if (path_within(other->source, one->source))
    reject(FLAG_OF_MOUNT[other->kind], other->source, "it overlaps a --rw; use --protect for a part of it");
}

static void check_mounts(const struct policy *policy) {
  for (size_t i = 0; i < policy->mount_count; i++) {
    check_mount(&policy->mounts[i]);
    for (size_t j = 0; j < policy->mount_count; j++)
      if (i != j) check_pair(&policy->mounts[i], &policy->mounts[j]);
  }
  for (size_t i = 0; i < policy->link_count; i++) check_place("--symlink", policy->links[i].path);
}

static void check_carve(const struct policy *policy, const struct carve_item *item) {
  const char *flag = FLAG_OF_CARVE[item->kind];
  if (!policy->namespaces)
    reject(flag, item->path, "it is done by mounts, which --no-namespaces leaves to another program");
  const struct mount_item *in = policy_mount_of(policy, item->path);
  if (in == NULL || in->kind == MOUNT_TMPFS) reject(flag, item->path, "it lies in no --ro and no --rw");
  if (strcmp(in->path, item->path) == 0) reject(flag, item->path, "it is a mount itself, not a part of one");
  if (item->kind == CARVE_PROTECT && in->kind != MOUNT_RW) reject(flag, item->path, "it lies in no --rw");
}

static void check_network(const struct policy *policy) {
  bool ports = policy->connect_count > 0 || policy->bind_count > 0;
  if (ports && policy->net != NET_HOST) reject("--connect-port", NULL, "ports are for --net host");
  if (policy->net == NET_PROXY && !policy->unix_sockets) reject("--unix", "off", "--net proxy speaks to a unix socket");
}

void policy_check(const struct policy *policy) {
  check_mounts(policy);
  for (size_t i = 0; i < policy->carve_count; i++) check_carve(policy, &policy->carves[i]);
  check_network(policy);
  if (policy->cwd == NULL) reject("--cwd", NULL, "it is missing");
  if (policy_mount_of(policy, policy->cwd) == NULL) reject("--cwd", policy->cwd, "it lies in no mount of the sandbox");
  if (policy->command[0][0] == '\0') reject("--", NULL, "the program has no name");
}
