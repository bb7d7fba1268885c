/* Hands a terminal back to the process group that had it before the command. */
#include "foreground.h"

#include <unistd.h>

static pid_t group; /* 0: in the background, or without a terminal */

void foreground_save(void) {
  /* It fails on what is no terminal, and on one that is not our controlling one. */
  pid_t current = tcgetpgrp(STDIN_FILENO);
  group = current == getpgrp() ? current : 0;
}

bool foreground_is_ours(void) { return group != 0; }

void foreground_restore(void) {
  if (group == 0) return;
  int given = tcsetpgrp(STDIN_FILENO, group);
  (void)given; /* the terminal, or that group, may be gone by now */
}
