/*
 * Confines by Landlock as far as this kernel's ABI goes, and refuses to go on where that is less than the policy asks.
 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "kernel.h"
#include "layers.h"
#include "tree.h"

/* Headers may know the first ABI only; these are linux/landlock.h as of ABI 9. */
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_MAKE_CHAR (1ULL << 6)
#define FS_MAKE_BLOCK (1ULL << 11)
#define FS_FIRST_ABI ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define FS_RESOLVE_UNIX (1ULL << 16)
#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV | FS_RESOLVE_UNIX)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

#define READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
/* A socket that came from outside is not to be spoken to, wherever it lies; those made inside are not asked about. */
#define WRITE ((FS_FIRST_ABI | FS_REFER | FS_TRUNCATE) & ~(FS_MAKE_CHAR | FS_MAKE_BLOCK))
#define DEVICE (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2, CREATE_VERSION = 1, CREATE_ERRATA = 2 };

struct ruleset {
  uint64_t fs, net, scoped;
};

struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

struct port_rule {
  uint64_t allowed, port;
};

int landlock_abi(void) {
  long abi = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, CREATE_VERSION);
  return abi < 0 ? 0 : (int)abi;
}

int landlock_errata(void) {
  long errata = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, CREATE_ERRATA);
  return errata < 0 ? 0 : (int)errata;
}

/* What a kernel of this ABI can be asked to refuse. */
static struct ruleset handled(int abi, const struct policy *policy) {
  struct ruleset set = {.fs = FS_FIRST_ABI};
  if (abi >= 2) set.fs |= FS_REFER;
  if (abi >= 3) set.fs |= FS_TRUNCATE;
  if (abi >= 5) set.fs |= FS_IOCTL_DEV;
  if (abi >= 9) set.fs |= FS_RESOLVE_UNIX;
  /* A network namespace of its own needs no ports refused: servers of the command must work there. */
  if (abi >= 4 && policy->net == NET_HOST) set.net = NET_BIND_TCP | NET_CONNECT_TCP;
  if (abi >= 6) set.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
  return set;
}

static int create(int abi, const struct ruleset *set) {
  size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  int fd = (int)syscall(NR_LANDLOCK_CREATE_RULESET, set, size, 0);
  if (fd < 0) fail(errno, "make Landlock rules", NULL, NULL);
  return fd;
}

static void allow_fd(int rules, int fd, uint64_t access, const char *path) {
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", path, NULL);
  if (!S_ISDIR(info.st_mode)) access &= FS_OF_A_FILE;
  struct path_rule rule = {.allowed = access, .parent = fd};
  if (syscall(NR_LANDLOCK_ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) != 0)
    fail(errno, "add a Landlock rule for", path, NULL);
}

static void allow_path(int rules, const char *path, uint64_t access) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return; /* /dev/console is there only with a terminal */
  if (fd < 0) fail(errno, "open", path, NULL);
  allow_fd(rules, fd, access, path);
  if (close(fd) != 0) fail(errno, "open", path, NULL);
}

static void allow_system(int rules, uint64_t fs) {
  static const char *const devices[] = {"/dev/null",    "/dev/zero", "/dev/full",    "/dev/random",
                                        "/dev/urandom", "/dev/tty",  "/dev/console", "/dev/ptmx"};
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) allow_path(rules, devices[i], DEVICE & fs);
  allow_path(rules, "/dev/pts", (DEVICE | FS_READ_DIR) & fs);
  allow_path(rules, "/dev/shm", WRITE & fs);
  allow_path(rules, "/proc", FS_READ_FILE | FS_READ_DIR);
  allow_path(rules, "/", FS_READ_DIR);
}

/* For a mutation without a root of its own, where a link may stand for what would have been mounted. */
static int open_on_host(const struct mount_item *item) {
  const char *path = item->source != NULL ? item->source : item->path;
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) fail(errno, "open", path, NULL);
  return fd;
}

static void allow_mount(int rules, const struct mount_item *item, uint64_t fs) {
  uint64_t access = item->kind == MOUNT_RO ? READ : WRITE;
  if (strcmp(item->path, PROXY_PATH) == 0) access |= FS_RESOLVE_UNIX;
  int fd = item->tree;
  if (fd < 0) fd = layer(LAYER_ROOT) ? tree_source("open", item->path) : open_on_host(item);
  allow_fd(rules, fd, access & fs, item->path);
  if (close(fd) != 0) fail(errno, "close", item->path, NULL);
}

/* Where another program put the proxy's socket in view, it is none of the policy's mounts. */
static void allow_proxy(int rules, const struct policy *policy, uint64_t fs) {
  bool needed = policy->net == NET_PROXY && !policy->namespaces && (fs & FS_RESOLVE_UNIX) != 0;
  if (needed) allow_path(rules, policy->proxy_socket, FS_RESOLVE_UNIX);
}

static void allow_ports(int rules, const struct policy *policy) {
  for (size_t i = 0; i < policy->connect_count + policy->bind_count; i++) {
    bool connect = i < policy->connect_count;
    uint16_t port = connect ? policy->connect_ports[i] : policy->bind_ports[i - policy->connect_count];
    struct port_rule rule = {.allowed = connect ? NET_CONNECT_TCP : NET_BIND_TCP, .port = port};
    if (syscall(NR_LANDLOCK_ADD_RULE, rules, RULE_NET_PORT, &rule, 0) != 0)
      fail(errno, "add a Landlock rule for a port", NULL, NULL);
  }
}

static void check_abi(int abi, const struct policy *policy) {
  int least = policy->landlock_min;
  /* With the host's network, Landlock alone stands before its ports (4) and its abstract sockets (6). */
  if (policy->net == NET_HOST) least = policy->unix_sockets ? 6 : 4;
  if (!policy->namespaces && least < 1) least = 1;
  if (geteuid() == 0 && least < 1) least = 1;
  if (least < policy->landlock_min) least = policy->landlock_min;
  if (abi >= least) return;
  fail(0, "confine by Landlock", NULL,
       abi == 0 ? "this kernel has none, or boots without it (lsm=landlock,…)"
                : "this kernel's Landlock is too old for the policy");
}

int landlock_confine(const struct policy *policy) {
  int abi = layer(LAYER_LANDLOCK) ? landlock_abi() : 0;
  if (layer(LAYER_LANDLOCK)) check_abi(abi, policy);
  if (abi == 0) return 0;
  struct ruleset set = handled(abi, policy);
  int rules = create(abi, &set);
  for (size_t i = 0; i < policy->mount_count; i++) allow_mount(rules, &policy->mounts[i], set.fs);
  allow_system(rules, set.fs);
  allow_proxy(rules, policy, set.fs);
  if (set.net != 0) allow_ports(rules, policy);
  if (syscall(NR_LANDLOCK_RESTRICT_SELF, rules, 0) != 0) fail(errno, "confine by Landlock", NULL, NULL);
  if (close(rules) != 0) fail(errno, "confine by Landlock", NULL, NULL);
  return abi;
}
