/* Signals that are passed on from outside to the command. */
#ifndef VT_SIGNALS_H
#define VT_SIGNALS_H

#include <signal.h>

/* Blocks every signal. `taken` becomes those that are read instead of delivered: SIGCHLD and what is passed on. */
void signals_block(sigset_t *taken);

/* Default actions and an empty mask, whatever was inherited. For a process that is about to exec. */
void signals_reset(void);

#endif
