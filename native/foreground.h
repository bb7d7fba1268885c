/* Whose turn it is on the terminal that the launcher was started from. */
#ifndef VT_FOREGROUND_H
#define VT_FOREGROUND_H

#include <stdbool.h>

/* Remembers whether our process group has the terminal on stdin: only then may the command have it. */
void foreground_save(void);

/* What was remembered, here and in processes made since. */
bool foreground_is_ours(void);

/*
 * Gives it back, through stdin, which must then still be open: a script that started us would be stopped at its next
 * read. SIGTTOU must be blocked. Does nothing where it was not ours.
 */
void foreground_restore(void);

#endif
