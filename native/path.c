/* Tells normal absolute paths from others, and what lies below what, by their text alone. */
#include "path.h"

#include <stddef.h>
#include <string.h>

#include "policy.h"

const char *path_problem(const char *path) {
  if (path[0] != '/') return "the path must be absolute";
  if (strlen(path) >= PATH_BYTES) return "the path is longer than 4095 bytes";
  if (path[1] == '\0') return NULL;
  for (const char *at = path; *at == '/';) {
    const char *name = at + 1;
    size_t length = strcspn(name, "/");
    if (length == 0) return "the path must have no empty part and no / at its end";
    if (length <= 2 && strspn(name, ".") >= length) return "the path must have no . or .. in it";
    at = name + length;
  }
  return NULL;
}

bool path_below(const char *path, const char *root) {
  size_t length = strlen(root);
  if (length == 1) return path[1] != '\0'; /* the root itself */
  return strncmp(path, root, length) == 0 && path[length] == '/';
}

bool path_within(const char *path, const char *root) { return strcmp(path, root) == 0 || path_below(path, root); }
