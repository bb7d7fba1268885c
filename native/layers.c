/* Reads which layers a mutation build leaves out; empty in any other build. */
#include "layers.h"

#ifdef VTCODE_MUTATION

#include <stddef.h>
#include <string.h>

unsigned layers_off = 0;

static const char *const NAMES[LAYER_COUNT] = {
    [LAYER_FDS] = "fds",           [LAYER_ENV] = "env",         [LAYER_ROOT] = "root",
    [LAYER_READONLY] = "ro",       [LAYER_PINS] = "pins",       [LAYER_PROTECT] = "protect",
    [LAYER_HIDE] = "hide",         [LAYER_MASK] = "mask",       [LAYER_WATCH] = "watch",
    [LAYER_PROC] = "proc",         [LAYER_DEV] = "dev",         [LAYER_PIDNS] = "pidns",
    [LAYER_NETNS] = "netns",       [LAYER_IPCNS] = "ipcns",     [LAYER_CAPS] = "caps",
    [LAYER_DUMPABLE] = "dumpable", [LAYER_SESSION] = "session", [LAYER_DEATH] = "death",
    [LAYER_LIMITS] = "limits",     [LAYER_PIDS] = "pids",       [LAYER_LANDLOCK] = "landlock",
    [LAYER_SECCOMP] = "seccomp",
};

static bool take(const char *name, size_t length) {
  for (unsigned one = 0; one < LAYER_COUNT; one++) {
    if (strlen(NAMES[one]) != length || memcmp(NAMES[one], name, length) != 0) continue;
    layers_off |= 1U << one;
    return true;
  }
  return false;
}

bool layers_parse(const char *names) {
  for (const char *at = names; *at != '\0';) {
    size_t length = strcspn(at, ",");
    if (!take(at, length)) return false;
    at += length + (at[length] == ',');
  }
  return true;
}

#else

typedef int layers_are_all_on; /* ISO C asks for a declaration */

#endif
