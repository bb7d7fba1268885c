/* Attacks over sockets: out of the network namespace, around its rules, and to servers of the host. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

static int failed(long result) { return result < 0; }

static struct sockaddr_in address_of(char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
  inet_pton(AF_INET, words[0], &address.sin_addr);
  return address;
}

/* Not for ever: a packet that is dropped on its way is a refusal too. */
static int open_socket(int family, int type, int protocol) {
  const struct timeval patience = {2, 0};
  int fd = socket(family, type, protocol);
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

static int connect_over(int type, int protocol, char **words) {
  const struct sockaddr_in address = address_of(words);
  int fd = open_socket(AF_INET, type, protocol);
  return fd < 0 || failed(connect(fd, (const struct sockaddr *)&address, sizeof address));
}

static int tcp(char **words) { return connect_over(SOCK_STREAM, 0, words); }
static int mptcp(char **words) { return connect_over(SOCK_STREAM, 262, words); }
static int sctp(char **words) { return connect_over(SOCK_STREAM, 132, words); }

static int tcp6(char **words) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(words[0]))};
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr);
  int fd = open_socket(AF_INET6, SOCK_STREAM, 0);
  return fd < 0 || failed(connect(fd, (const struct sockaddr *)&address, sizeof address));
}

/* The first bytes go with the connection, which no call to connect(2) asks for. */
static int fast_open(char **words) {
  const struct sockaddr_in address = address_of(words);
  int fd = open_socket(AF_INET, SOCK_STREAM, 0);
  return fd < 0 || failed(sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&address, sizeof address));
}

static int fast_open_message(char **words) {
  struct sockaddr_in address = address_of(words);
  char byte = 'x';
  struct iovec one = {&byte, 1};
  struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &one, .msg_iovlen = 1};
  int fd = open_socket(AF_INET, SOCK_STREAM, 0);
  return fd < 0 || failed(sendmsg(fd, &message, MSG_FASTOPEN));
}

static int udp(char **words) {
  const struct sockaddr_in address = address_of(words);
  int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
  return fd < 0 || failed(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof address));
}

/* Sends and waits to hear something back. */
static int udp_answer(char **words) {
  const struct sockaddr_in address = address_of(words);
  const struct timeval patience = {1, 0};
  char byte;
  int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return failed(sendto(fd, "x", 1, 0, (const struct sockaddr *)&address, sizeof address)) || recv(fd, &byte, 1, 0) < 0;
}

static int listen_on(char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[0]))};
  int fd = open_socket(AF_INET, SOCK_STREAM, 0);
  return fd < 0 || failed(bind(fd, (struct sockaddr *)&address, sizeof address)) || failed(listen(fd, 1));
}

static int open_family(char **words) { return failed(socket(atoi(words[0]), atoi(words[1]), atoi(words[2]))); }

static int raw(char **words) { return (void)words, failed(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static int netfilter(char **words) { return (void)words, failed(socket(AF_NETLINK, SOCK_RAW, 12)); }

static int unix_connect(int type, const char *name, int abstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  if (length + 2 > sizeof address.sun_path) return 2;
  memcpy(address.sun_path + abstract, name, length);
  int fd = socket(AF_UNIX, type, 0);
  /* Node pads an abstract name with zeros to the whole length, and they count. */
  return fd < 0 || failed(connect(fd, (const struct sockaddr *)&address, sizeof address));
}

static int unix_stream(char **words) { return unix_connect(SOCK_STREAM, words[0], 0); }
static int unix_abstract(char **words) { return unix_connect(SOCK_STREAM, words[0], 1); }
static int unix_abstract_datagram(char **words) { return unix_connect(SOCK_DGRAM, words[0], 1); }

/* Out to the hypervisor, from any network namespace. */
static int vsock(char **words) { return (void)words, failed(socket(40, SOCK_STREAM, 0)); }

const struct attack NETWORK_ATTACKS[] = {
    {"tcp", tcp, 2},
    {"tcp6", tcp6, 1},
    {"mptcp", mptcp, 2},
    {"sctp", sctp, 2},
    {"fastopen", fast_open, 2},
    {"fastopen-msg", fast_open_message, 2},
    {"udp", udp, 2},
    {"udp-answer", udp_answer, 2},
    {"listen", listen_on, 1},
    {"socket", open_family, 3},
    {"raw", raw, 0},
    {"netlink-nf", netfilter, 0},
    {"unix", unix_stream, 1},
    {"abstract", unix_abstract, 1},
    {"abstract-dgram", unix_abstract_datagram, 1},
    {"vsock", vsock, 0},
    {NULL, NULL, 0},
};
