/* Landlock: a second, independent answer to what may be read, written, run and reached. */
#ifndef VT_LANDLOCK_H
#define VT_LANDLOCK_H

#include "policy.h"

/* The ABI of this kernel; 0 where it has no Landlock, or it is off. */
int landlock_abi(void);

/* The errata mended in this kernel, as a bit mask; 0 where it cannot tell. */
int landlock_errata(void);

/* Confines this process and all it will start to the mounts of the policy. Answers the ABI in force. */
int landlock_confine(const struct policy *policy);

#endif
