/* Pid 1 of the sandbox. */
#ifndef VT_INIT_H
#define VT_INIT_H

#include "policy.h"

/*
 * Starts the command in the confined process that calls this, serves its terminal and its way to the proxy, passes
 * signals on, and exits as it does once nothing that it started is left. `landlock` is the ABI in force, for the
 * report.
 */
_Noreturn void init_run(struct policy *policy, int landlock);

#endif
