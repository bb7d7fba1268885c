/* Questions about paths as text; nothing here touches the file system. */
#ifndef VT_PATH_H
#define VT_PATH_H

#include <stdbool.h>

/* What keeps a path from being absolute, normal and short enough; NULL where nothing does. */
const char *path_problem(const char *path);

/* `path` lies strictly below `root`. */
bool path_below(const char *path, const char *root);

/* `path` is `root` or lies below it. */
bool path_within(const char *path, const char *root);

#endif
