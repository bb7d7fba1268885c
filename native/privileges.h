/* What a process may do beyond its uid. */
#ifndef VT_PRIVILEGES_H
#define VT_PRIVILEGES_H

/* Gives up every capability, for good and for all that will be executed. */
void privileges_drop(void);

#endif
