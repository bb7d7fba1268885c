/* Blocks, lists and resets signals: both waiting processes read them instead of being interrupted. */
#include "signals.h"

#include <errno.h>
#include <stddef.h>

#include "fail.h"

static const int TAKEN[] = {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};

/* What programs are known to ignore and so to hand down. The rest keeps its default through exec. */
static const int INHERITED[] = {SIGPIPE, SIGCHLD, SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                                SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGXCPU, SIGALRM};

void signals_block(sigset_t *taken) {
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_SETMASK, &all, NULL) != 0) fail(errno, "block signals", NULL, NULL);
  sigemptyset(taken);
  for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0]; i++) sigaddset(taken, TAKEN[i]);
  /* Ignored signals are not kept while blocked. */
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0]; i++)
    if (sigaction(TAKEN[i], &standard, NULL) != 0) fail(errno, "reset a signal", NULL, NULL);
}

void signals_reset(void) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (size_t i = 0; i < sizeof INHERITED / sizeof INHERITED[0]; i++)
    if (sigaction(INHERITED[i], &standard, NULL) != 0) fail(errno, "reset a signal", NULL, NULL);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) fail(errno, "unblock signals", NULL, NULL);
}
