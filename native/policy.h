/* What one run may see, write, reach and use: the policy, as parsed from the arguments. */
#ifndef VT_POLICY_H
#define VT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  MAX_ITEMS = 1000,
  MAX_LINKS = 64,
  MAX_ENV = 512,
  MAX_PORTS = 64,
  PATH_BYTES = 4096, /* PATH_MAX, with the NUL */
};

enum mount_kind { MOUNT_RO, MOUNT_RW, MOUNT_TMPFS };

struct mount_item {
  enum mount_kind kind;
  const char *source; /* on the host; NULL for a tmpfs */
  const char *path;   /* in the sandbox */
  uint64_t size;      /* of a tmpfs, in bytes */
  int tree;           /* the mount, once it is made; Landlock takes it as the place of a rule */
};

struct link_item {
  const char *target;
  const char *path;
};

/* Strictest last: the last one wins where two name the same path. */
enum carve_kind { CARVE_PIN, CARVE_PROTECT, CARVE_MASK, CARVE_HIDE };

struct carve_item {
  enum carve_kind kind;
  const char *path;
};

enum net_mode { NET_NONE, NET_PROXY, NET_HOST };

enum limit_name { LIMIT_PIDS, LIMIT_NOFILE, LIMIT_FSIZE, LIMIT_DATA, LIMIT_CPU, LIMIT_COUNT };

struct policy {
  bool probe;
  bool namespaces; /* false: another program has made them, and mounted the view */
  bool unix_sockets;
  int landlock_min;
  int control;                  /* the descriptor of the control channel, or -1 */
  unsigned short columns, rows; /* of the pty; 0 for none */

  struct mount_item mounts[MAX_ITEMS];
  size_t mount_count;
  struct link_item links[MAX_LINKS];
  size_t link_count;
  struct carve_item carves[MAX_ITEMS];
  size_t carve_count;

  const char *cwd;
  char *env[MAX_ENV + 2]; /* a copy: the arguments are wiped before the command runs. One of ours, and the NULL */
  size_t env_count;

  enum net_mode net;
  const char *proxy_socket;
  uint16_t proxy_port;
  uint16_t connect_ports[MAX_PORTS];
  size_t connect_count;
  uint16_t bind_ports[MAX_PORTS];
  size_t bind_count;

  uint64_t limits[LIMIT_COUNT];  /* 0: none */
  char **command;                /* argv of the command */
  char *flags_start, *flags_end; /* the bytes of our own arguments */
};

/* Where the proxy's socket stands in the sandbox. */
#define PROXY_PATH "/run/vtcode-proxy.sock"

#endif
