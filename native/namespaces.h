/* The namespaces of a run, and who waits outside of them. */
#ifndef VT_NAMESPACES_H
#define VT_NAMESPACES_H

#include <sys/types.h>

#include "policy.h"

/*
 * Runs `inside` as pid 1 of new namespaces, in the view that the policy describes and with every signal blocked, and
 * waits for it outside: signals are passed on, and the exit code is that of `inside`. Should this process die, so does
 * all inside.
 */
_Noreturn void namespaces_run(struct policy *policy, void (*inside)(struct policy *policy));

/* Asks to be killed when the parent dies. */
void namespaces_die_with_parent(void);

/* Right after that: ends this process where `parent` (as first seen), or who holds the other end of `control`, is gone. */
void namespaces_check_caller(pid_t parent, int control);

#endif
