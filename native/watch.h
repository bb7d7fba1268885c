/* Whether what was protected and hidden at the start still is. */
#ifndef VT_WATCH_H
#define VT_WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum { WATCH_POLLS = 2 };

struct watch {
  int mounts;       /* tells when a mount has gone; -1 where there is nothing to watch */
  int clock;        /* ticks */
  const char *bare; /* what was found without its cover; NULL where nothing was */
};

/* Remembers that `mount` was put on `path`, which may change afterwards. For those that make the view. */
void watch_add(const char *path, uint64_t mount);

/* Begins to watch, inside the view. Ends with exit 126 where a cover is gone already. */
void watch_open(struct watch *watch);

/* What to wait for: fills WATCH_POLLS entries. */
void watch_poll(const struct watch *watch, struct pollfd *polls);

/* Looks where `poll` found a reason to. True once a path has another mount, or none, or is gone; `bare` then names it. */
bool watch_serve(struct watch *watch, const struct pollfd *polls);

/* Looks in any case. What was bare once stays so: it may have been read meanwhile. */
bool watch_look(struct watch *watch);

#endif
