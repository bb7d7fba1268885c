/* How much the command may use. */
#ifndef VT_LIMITS_H
#define VT_LIMITS_H

#include "policy.h"

/* Bounds the processes of the pid namespace, and offers us first when memory runs out; `proc` is its /proc. */
void limits_set_through_proc(int proc, const struct policy *policy);

/* Sets the rlimits of this process and of all it will start. */
void limits_set(const struct policy *policy);

/* Sets what only the command is held to, not the process that serves it. */
void limits_set_for_command(const struct policy *policy);

/* What bounds the number of processes: "pid_max", "nproc" or "none". */
const char *limits_pids_by(void);

#endif
