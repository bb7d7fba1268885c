/* The layers of the sandbox by name: a build for the mutation tests can leave one out, any other build cannot. */
#ifndef VT_LAYERS_H
#define VT_LAYERS_H

#include <stdbool.h>

enum layer {
  LAYER_FDS,      /* inherited descriptors are closed */
  LAYER_ENV,      /* the environment is built from nothing */
  LAYER_ROOT,     /* a fresh root with an allow-list */
  LAYER_READONLY, /* what is given to read is mounted read-only */
  LAYER_PINS,     /* ancestors of protected paths are mount points */
  LAYER_PROTECT,
  LAYER_HIDE,
  LAYER_MASK,
  LAYER_WATCH, /* a command ends when what it must not see or change is laid bare */
  LAYER_PROC,  /* /proc is mounted read-only */
  LAYER_DEV,   /* device nodes are mounted read-only */
  LAYER_PIDNS,
  LAYER_NETNS,
  LAYER_IPCNS,
  LAYER_CAPS,
  LAYER_DUMPABLE, /* pid 1 can be neither traced nor read */
  LAYER_SESSION,  /* without a terminal of its own a command has none */
  LAYER_DEATH,    /* it dies with who started it */
  LAYER_LIMITS,
  LAYER_PIDS,
  LAYER_LANDLOCK,
  LAYER_SECCOMP,
  LAYER_COUNT
};

#ifdef VTCODE_MUTATION
extern unsigned layers_off;
/* `a,b`: false where a name is none of the layers. */
bool layers_parse(const char *names);
static inline bool layer(enum layer one) { return (layers_off & (1U << one)) == 0; }
#else
static inline bool layer(enum layer one) {
  (void)one;
  return true;
}
#endif

#endif
