/* The control channel: what the caller is told, and asks, beside the command's own input and output. */
#ifndef VT_CONTROL_H
#define VT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"

struct control {
  int fd; /* -1: there is none, or the caller has closed it */
  char line[32];
  size_t length;
};

/*
 * One line of JSON with the layers in force, written right before the command runs. Without a channel nothing is said.
 */
void control_report(const struct policy *policy, int landlock);

/* Tells that the command was ended because `path` was no longer protected or hidden. */
void control_report_uncovered(const struct control *control, const char *path);

/*
 * Reads what has come. True where it held a new size of the terminal, `COLUMNSxROWS` and a line feed; the last one
 * counts.
 */
bool control_read(struct control *control, unsigned short *columns, unsigned short *rows);

#endif
