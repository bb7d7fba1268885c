/*
 * Mounts over parts of the given trees: read-only on protected paths, nothing on hidden ones, pins on their ancestors.
 */
#include "carve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "kernel.h"
#include "layers.h"
#include "path.h"
#include "tree.h"
#include "watch.h"

enum { MAX_PLACES = 8 * MAX_ITEMS };

/* A path that gets a mount: `path` up to `length`, so that an ancestor needs no copy. */
struct place {
  const char *path;
  size_t length;
  enum carve_kind kind;
};

struct places {
  struct place items[MAX_PLACES];
  size_t count;
};

/* What lies over a hidden file and a hidden directory: empty, and readable to nobody. */
struct blanks {
  int file, directory;
};

static void add(struct places *places, const char *path, size_t length, enum carve_kind kind) {
  if (places->count == MAX_PLACES)
    fail(0, "protect", path, "too many directories lie between the mounts and what they protect");
  places->items[places->count++] = (struct place){.path = path, .length = length, .kind = kind};
}

/*
 * A mount moves with the directory that holds it: `mv .git x; mkdir -p .git/hooks` would walk around a read-only
 * `.git/hooks`. A directory that is a mount point itself cannot be moved.
 */
static void add_pins(struct places *places, const struct policy *policy, const char *path) {
  const struct mount_item *in = policy_mount_of(policy, path);
  if (!layer(LAYER_PINS) || in == NULL || in->kind != MOUNT_RW) return;
  for (size_t at = strlen(in->path) + 1; path[at] != '\0'; at++)
    if (path[at] == '/') add(places, path, at, CARVE_PIN);
}

static bool wanted(enum carve_kind kind) {
  static const enum layer layers[] = {
      [CARVE_PIN] = LAYER_PINS, [CARVE_PROTECT] = LAYER_PROTECT, [CARVE_MASK] = LAYER_MASK, [CARVE_HIDE] = LAYER_HIDE};
  return layer(layers[kind]);
}

static void collect(struct places *places, const struct policy *policy) {
  for (size_t i = 0; i < policy->carve_count; i++) {
    const struct carve_item *item = &policy->carves[i];
    if (!wanted(item->kind)) continue;
    add(places, item->path, strlen(item->path), item->kind);
    if (item->kind != CARVE_MASK) add_pins(places, policy, item->path);
  }
}

/* `/` sorts before all else, so that a directory is followed by all that lies in it: /a, /a/b, /a.c */
static int rank(char byte) { return byte == '/' ? 0 : (unsigned char)byte; }

/* By path, and the strictest first where two are the same. */
static int by_place(const void *one, const void *other) {
  const struct place *a = one;
  const struct place *b = other;
  size_t shared = a->length < b->length ? a->length : b->length;
  for (size_t i = 0; i < shared; i++)
    if (a->path[i] != b->path[i]) return rank(a->path[i]) - rank(b->path[i]);
  if (a->length != b->length) return a->length < b->length ? -1 : 1;
  return (int)b->kind - (int)a->kind;
}

static bool place_holds(const struct place *outer, const struct place *inner) {
  return outer->length <= inner->length && memcmp(outer->path, inner->path, outer->length) == 0 &&
         (inner->length == outer->length || inner->path[outer->length] == '/');
}

/* Whether what is already mounted on `outer` makes a mount on `inner` needless. */
static bool covers(const struct place *outer, const struct place *inner) {
  if (!place_holds(outer, inner)) return false;
  if (outer->length == inner->length || outer->kind >= CARVE_MASK) return true;
  return outer->kind == CARVE_PROTECT && inner->kind <= CARVE_PROTECT;
}

static int open_place(int root, const struct place *place, char *path) {
  memcpy(path, place->path, place->length);
  path[place->length] = '\0';
  uint64_t resolve = K_RESOLVE_BENEATH | K_RESOLVE_NO_SYMLINKS | K_RESOLVE_NO_MAGICLINKS;
  int fd = kernel_openat2(root, path + 1, O_PATH, resolve);
  if (fd >= 0 || (place->kind == CARVE_MASK && errno == ENOENT)) return fd; /* that socket has gone by itself */
  const char *hint = errno == ENOENT ? "it does not exist" : "it must be reached without symbolic links";
  fail(errno, "protect", path, hint);
}

static bool is_directory(int fd, const char *path) {
  struct stat info;
  if (fstat(fd, &info) != 0) fail(errno, "look at", path, NULL);
  return S_ISDIR(info.st_mode);
}

static void mount_place(int root, const struct place *place, const struct blanks *blanks) {
  char path[PATH_BYTES];
  int fd = open_place(root, place, path);
  if (fd < 0) return;
  bool blank = place->kind >= CARVE_MASK;
  int from = blank ? (is_directory(fd, path) ? blanks->directory : blanks->file) : fd;
  unsigned how = place->kind == CARVE_PIN ? 0 : TREE_READONLY;
  int tree = tree_copy(from, blank ? how | TREE_NOEXEC : how, path);
  uint64_t mount = kernel_mount_id(tree, "");
  if (mount == 0) fail(errno, "know again the mount of", path, NULL);
  tree_put(tree, fd, "", path);
  if (place->kind != CARVE_MASK) watch_add(path, mount); /* sockets come and go */
  if (close(tree) != 0 || close(fd) != 0) fail(errno, "protect", path, NULL);
}

static const char BLANK_FILE[] = ".empty-file";
static const char BLANK_DIRECTORY[] = ".empty-directory";

static struct blanks make_blanks(int root) {
  if (mknodat(root, BLANK_FILE, S_IFREG, 0) != 0 || mkdirat(root, BLANK_DIRECTORY, 0) != 0)
    fail(errno, "make what hides", NULL, NULL);
  struct blanks blanks = {.file = openat(root, BLANK_FILE, O_PATH | O_CLOEXEC),
                          .directory = openat(root, BLANK_DIRECTORY, O_PATH | O_CLOEXEC)};
  if (blanks.file < 0 || blanks.directory < 0) fail(errno, "make what hides", NULL, NULL);
  return blanks;
}

/* What was mounted from them lives on without a name. */
static void drop_blanks(int root, const struct blanks *blanks) {
  if (unlinkat(root, BLANK_FILE, 0) != 0 || unlinkat(root, BLANK_DIRECTORY, AT_REMOVEDIR) != 0)
    fail(errno, "clear away what hides", NULL, NULL);
  if (close(blanks->file) != 0 || close(blanks->directory) != 0) fail(errno, "clear away what hides", NULL, NULL);
}

void carve(const struct policy *policy, int root) {
  static struct places places;
  if (policy->carve_count == 0) return;
  collect(&places, policy);
  qsort(places.items, places.count, sizeof places.items[0], by_place);
  struct blanks blanks = make_blanks(root);
  const struct place *outer[PATH_BYTES / 2]; /* the mounts that hold the current place, outermost first */
  size_t depth = 0;
  for (size_t i = 0; i < places.count; i++) {
    const struct place *place = &places.items[i];
    while (depth > 0 && !place_holds(outer[depth - 1], place)) depth--;
    bool covered = false;
    for (size_t d = 0; d < depth; d++) covered = covered || covers(outer[d], place);
    if (covered) continue;
    mount_place(root, place, &blanks);
    outer[depth++] = place;
  }
  drop_blanks(root, &blanks);
}
