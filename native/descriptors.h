/* The open files that the launcher starts with. */
#ifndef VT_DESCRIPTORS_H
#define VT_DESCRIPTORS_H

#include "policy.h"

/* Closes all but 0, 1, 2 and the control channel, which is moved out of the way of what the command will open. */
void descriptors_seal(struct policy *policy);

#endif
