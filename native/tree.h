/* Pieces of a mount tree, held by descriptor so that no path is resolved twice. */
#ifndef VT_TREE_H
#define VT_TREE_H

#include <stdint.h>

enum { TREE_READONLY = 1, TREE_NOEXEC = 2 };

/* Opens what is really at `path`, following no link. Ends with exit 126 where it is not there, naming `flag`. */
int tree_source(const char *flag, const char *path);

/* A copy of what is mounted at `fd` and below, without setuid programs and devices. `subject` is for messages. */
int tree_copy(int fd, unsigned how, const char *subject);

/* As `tree_copy`, of a device node. */
int tree_copy_device(int fd, const char *subject);

/* A new file system of `type` in a mount of its own; `options` are pairs of key and value, closed by NULL. */
int tree_new(const char *type, const char *const *options, uint64_t attributes);

/* Puts `tree` at `path` below the directory `dir`, or right on `dir` where `path` is empty. */
void tree_put(int tree, int dir, const char *path, const char *subject);

#endif
