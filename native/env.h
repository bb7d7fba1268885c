/* The command's environment, and its program. */
#ifndef VT_ENV_H
#define VT_ENV_H

#include "policy.h"

/* Adds what is always there to the variables of the policy and closes the list. */
void env_seal(struct policy *policy);

/*
 * Replaces this process by the command. Comes back never: 127 where there is no such program, 126 where it cannot run.
 */
_Noreturn void env_exec(struct policy *policy);

#endif
