/* The seccomp filter of a run. */
#ifndef VT_SECCOMP_H
#define VT_SECCOMP_H

#include "policy.h"

/*
 * Puts this process and all it will start under the filter. The last layer: it refuses what the others are made with.
 */
void seccomp_confine(const struct policy *policy);

#endif
