/* The command line of the launcher. */
#ifndef VT_ARGS_H
#define VT_ARGS_H

#include "policy.h"

/*
 * Fills `policy`, which is all zeros, from the arguments, or ends with exit 126 and what is wrong with them. Opens and
 * starts nothing.
 */
void args_parse(struct policy *policy, int argc, char **argv);

#endif
