/* The root directory that the command sees. */
#ifndef VT_ROOT_H
#define VT_ROOT_H

#include "policy.h"

/* Builds a fresh root from the policy's mounts, carves it, makes it the root of this process and lets the host's go. */
void root_enter(struct policy *policy);

#endif
