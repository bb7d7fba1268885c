/* The way to the proxy: a port on the sandbox's own loopback that leads to one unix socket. */
#ifndef VT_RELAY_H
#define VT_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RELAY_CONNECTIONS = 128, RELAY_POLLS = 1 + 2 * RELAY_CONNECTIONS };

/* One direction of a connection. */
struct flow {
  int from, to;
  bool ended; /* nothing more comes; once all is written, `to` is told */
  bool closed;
  size_t begin, end;
  char bytes[16 * 1024];
};

struct connection {
  int client, proxy; /* -1: free */
  struct flow up, down;
};

struct relay {
  int listener; /* -1: there is no relay */
  bool full;    /* no descriptor was free for one more; until one ends, nobody is let in */
  const char *socket;
  struct connection connections[RELAY_CONNECTIONS];
};

void relay_open(struct relay *relay, const char *socket, uint16_t port);

/* What to wait for: fills RELAY_POLLS entries. */
void relay_poll(const struct relay *relay, struct pollfd *polls);
void relay_serve(struct relay *relay, const struct pollfd *polls);

#endif
