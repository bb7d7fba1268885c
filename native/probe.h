/* What this kernel, as it is set up here, lets the launcher do. */
#ifndef VT_PROBE_H
#define VT_PROBE_H

/* Prints one JSON object and exits: 0 where commands can be confined in full, 1 where something is missing. */
_Noreturn void probe_run(void);

#endif
