/* Puts the layers on in the one order that works: each step needs what the next ones take away. */
#include "confine.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fail.h"
#include "landlock.h"
#include "layers.h"
#include "limits.h"
#include "privileges.h"
#include "seccomp.h"

int confine_process(const struct policy *policy) {
  limits_set(policy);
  privileges_drop();
  /* After this /proc/self belongs to root: what had to be written there is written. */
  if (layer(LAYER_DUMPABLE) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail(errno, "guard this process", NULL, NULL);
  /* An old working directory would lie below the new mounts. */
  if (chdir(policy->cwd) != 0) fail(errno, "enter the directory", policy->cwd, "it must exist inside the sandbox");
  int landlock = landlock_confine(policy);
  seccomp_confine(policy);
  return landlock;
}
