/* What the items of a policy must be to one another. */
#ifndef VT_CHECK_H
#define VT_CHECK_H

#include "policy.h"

/* Ends with exit 126 where items contradict each other, or where one would be without effect. */
void policy_check(const struct policy *policy);

/* The innermost mount that `path` lies in; NULL where it lies in none. */
const struct mount_item *policy_mount_of(const struct policy *policy, const char *path);

#endif
