/* What is taken back from the trees that were given. */
#ifndef VT_CARVE_H
#define VT_CARVE_H

#include "policy.h"

/* Below `root`: protected paths become read-only, hidden ones empty and unreadable, their ancestors fixed in place. */
void carve(const struct policy *policy, int root);

#endif
