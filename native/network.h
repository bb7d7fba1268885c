/* The network of the sandbox: a namespace with a loopback of its own and no way out. */
#ifndef VT_NETWORK_H
#define VT_NETWORK_H

/* Starts to make one, beside what the caller does next: it takes as long as all mounts together. */
void network_begin(void);

/* Moves this process into it, once it is there. Needs the capabilities that `network_begin` needed. */
void network_join(void);

#endif
