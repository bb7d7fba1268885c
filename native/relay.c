/* Copies bytes between connections to a loopback port and the proxy's unix socket, a bounded number at a time. */
#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fail.h"

void relay_open(struct relay *relay, const char *socket_path, uint16_t port) {
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (strlen(socket_path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
    fail(ENAMETOOLONG, "reach the proxy's socket", socket_path, NULL);
  relay->socket = socket_path;
  relay->full = false;
  for (size_t i = 0; i < RELAY_CONNECTIONS; i++) relay->connections[i].client = -1;
  relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (relay->listener < 0) fail(errno, "open the proxy's port", NULL, NULL);
  if (bind(relay->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(relay->listener, SOMAXCONN) != 0)
    fail(errno, "open the proxy's port", NULL, NULL);
}

static int connect_proxy(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strlen(path) + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static void start_flow(struct flow *flow, int from, int to) {
  flow->from = from;
  flow->to = to;
  flow->ended = flow->closed = false;
  flow->begin = flow->end = 0;
}

static struct connection *free_connection(struct relay *relay) {
  for (size_t i = 0; i < RELAY_CONNECTIONS; i++)
    if (relay->connections[i].client < 0) return &relay->connections[i];
  return NULL;
}

static void let_in(struct relay *relay) {
  struct connection *connection = free_connection(relay);
  if (connection == NULL) return;
  int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) {
    relay->full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return;
  }
  int proxy = connect_proxy(relay->socket);
  if (proxy < 0) {
    relay->full = errno == EMFILE || errno == ENFILE;
    close(client); /* as if nobody listened */
    return;
  }
  connection->client = client;
  connection->proxy = proxy;
  start_flow(&connection->up, client, proxy);
  start_flow(&connection->down, proxy, client);
}

static bool has_bytes(const struct flow *flow) { return flow->begin < flow->end; }

/* `reader` is one side of a connection, seen as the source of one flow and the sink of the other. */
static struct pollfd wait_for(const struct flow *reads, const struct flow *writes) {
  bool in = !reads->ended && !has_bytes(reads);
  bool out = has_bytes(writes);
  short events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
  return (struct pollfd){.fd = events == 0 ? -1 : reads->from, .events = events};
}

void relay_poll(const struct relay *relay, struct pollfd *polls) {
  bool room = false;
  for (size_t i = 0; i < RELAY_CONNECTIONS; i++) {
    const struct connection *one = &relay->connections[i];
    bool open = relay->listener >= 0 && one->client >= 0;
    polls[1 + 2 * i] = open ? wait_for(&one->up, &one->down) : (struct pollfd){.fd = -1};
    polls[2 + 2 * i] = open ? wait_for(&one->down, &one->up) : (struct pollfd){.fd = -1};
    room = room || !open;
  }
  polls[0] = (struct pollfd){.fd = room && !relay->full ? relay->listener : -1, .events = POLLIN};
}

static bool is_transient(int error) { return error == EAGAIN || error == EINTR; }

/* False where the connection has broken. */
static bool move(struct flow *flow) {
  if (!flow->ended && !has_bytes(flow)) {
    ssize_t length = read(flow->from, flow->bytes, sizeof flow->bytes);
    if (length < 0 && !is_transient(errno)) return false;
    if (length == 0) flow->ended = true;
    flow->begin = 0;
    flow->end = length > 0 ? (size_t)length : 0;
  }
  if (has_bytes(flow)) {
    ssize_t written = send(flow->to, flow->bytes + flow->begin, flow->end - flow->begin, MSG_NOSIGNAL);
    if (written < 0 && !is_transient(errno)) return false;
    if (written > 0) flow->begin += (size_t)written;
  }
  if (flow->ended && !has_bytes(flow) && !flow->closed) {
    flow->closed = true;
    if (shutdown(flow->to, SHUT_WR) != 0 && errno != ENOTCONN) return false;
  }
  return true;
}

static void serve(struct relay *relay, struct connection *one) {
  bool whole = move(&one->up) && move(&one->down);
  if (whole && !(one->up.closed && one->down.closed)) return;
  close(one->client);
  close(one->proxy);
  one->client = -1;
  relay->full = false;
}

void relay_serve(struct relay *relay, const struct pollfd *polls) {
  for (size_t i = 0; i < RELAY_CONNECTIONS; i++)
    if (relay->connections[i].client >= 0 && (polls[1 + 2 * i].revents | polls[2 + 2 * i].revents) != 0)
      serve(relay, &relay->connections[i]);
  if (polls[0].revents != 0) let_in(relay);
}
