/* /dev and /proc of the sandbox. */
#ifndef VT_DEVICES_H
#define VT_DEVICES_H

#include "policy.h"

/* Mounts /dev and /proc below the directory `root`; with /proc still writable it sets what is set through it. */
void devices_mount(int root, const struct policy *policy);

#endif
