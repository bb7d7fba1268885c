/* Hands a terminal back to the process group that had it before the command. */
#include "foreground.h"

#include <unistd.h>

static bool ours;
static pid_t group; /* 0: in the background, without a terminal, or outside of our pid namespace, so that it has no number here */

/*
 * Asked where neither our group nor that of the terminal has a number, as behind bubblewrap: only the kernel can tell whether
 * they are the same. It lets no group in the background read, not even nothing; with SIGTTIN blocked it says so, and stops nobody.
 */
static bool may_read(void) { return read(STDIN_FILENO, &(char){0}, 0) == 0; }

void foreground_save(void) {
  /* It fails on what is no terminal, and on one that is not our controlling one. */
  pid_t current = tcgetpgrp(STDIN_FILENO);
  pid_t own = getpgrp();
  ours = current == own && (own != 0 || may_read());
  group = ours ? own : 0;
}

bool foreground_is_ours(void) { return ours; }

void foreground_restore(void) {
  if (group == 0) return;
  int given = tcsetpgrp(STDIN_FILENO, group);
  (void)given; /* the terminal, or that group, may be gone by now */
}
