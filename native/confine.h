/* The layers that a process puts on itself. */
#ifndef VT_CONFINE_H
#define VT_CONFINE_H

#include "policy.h"

/*
 * What is left once the view is in place: limits, capabilities, Landlock, seccomp. Answers the Landlock ABI in force.
 */
int confine_process(const struct policy *policy);

#endif
