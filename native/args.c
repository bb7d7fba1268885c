/* Turns the arguments into a policy: one flag for each item, nothing implied but the strictest. */
#include "args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fail.h"
#include "layers.h"
#include "path.h"

static const char *checked_path(const char *flag, const char *path) {
  const char *problem = path_problem(path);
  if (problem != NULL) reject(flag, path, problem);
  return path;
}

/* Digits alone, up to `max`. */
static bool read_number(const char *text, uint64_t max, uint64_t *number) {
  if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) return false;
  errno = 0;
  *number = strtoull(text, NULL, 10);
  return errno == 0 && *number <= max;
}

/* Digits with K, M or G behind them: 64M. */
static bool read_size(const char *text, uint64_t *bytes) {
  static const char units[] = "KMG";
  char digits[16];
  size_t length = strlen(text);
  if (length == 0 || length >= sizeof digits) return false;
  const char *unit = strchr(units, text[length - 1]);
  unsigned shift = unit == NULL ? 0 : 10U * (unsigned)(unit - units + 1);
  memcpy(digits, text, length + 1);
  if (unit != NULL) digits[length - 1] = '\0';
  if (!read_number(digits, UINT64_MAX >> (shift + 1), bytes)) return false;
  *bytes <<= shift;
  return true;
}

static void add_mount(struct policy *policy, const char *flag, struct mount_item item) {
  if (policy->mount_count == MAX_ITEMS) reject(flag, item.path, "more than 1000 mounts");
  checked_path(flag, item.path);
  if (item.source != NULL) checked_path(flag, item.source);
  item.tree = -1;
  policy->mounts[policy->mount_count++] = item;
}

static void take_ro(struct policy *policy, char **values) {
  add_mount(policy, "--ro", (struct mount_item){.kind = MOUNT_RO, .source = values[0], .path = values[0]});
}

static void take_ro_at(struct policy *policy, char **values) {
  add_mount(policy, "--ro-at", (struct mount_item){.kind = MOUNT_RO, .source = values[0], .path = values[1]});
}

static void take_rw(struct policy *policy, char **values) {
  add_mount(policy, "--rw", (struct mount_item){.kind = MOUNT_RW, .source = values[0], .path = values[0]});
}

static void take_rw_at(struct policy *policy, char **values) {
  add_mount(policy, "--rw-at", (struct mount_item){.kind = MOUNT_RW, .source = values[0], .path = values[1]});
}

static void take_tmpfs(struct policy *policy, char **values) {
  uint64_t size = 0;
  if (!read_size(values[1], &size) || size < 4096) reject("--tmpfs", values[1], "expected a size, as 64M");
  add_mount(policy, "--tmpfs", (struct mount_item){.kind = MOUNT_TMPFS, .path = values[0], .size = size});
}

static void take_symlink(struct policy *policy, char **values) {
  if (policy->link_count == MAX_LINKS) reject("--symlink", values[1], "more than 64 links");
  if (values[0][0] == '\0') reject("--symlink", values[1], "the target is empty");
  struct link_item link = {.target = values[0], .path = checked_path("--symlink", values[1])};
  policy->links[policy->link_count++] = link;
}

static void add_carve(struct policy *policy, const char *flag, struct carve_item item) {
  if (policy->carve_count == MAX_ITEMS)
    reject(flag, item.path, "more than 1000 of --protect, --hide and --mask-socket");
  checked_path(flag, item.path);
  policy->carves[policy->carve_count++] = item;
}

static void take_protect(struct policy *policy, char **values) {
  add_carve(policy, "--protect", (struct carve_item){.kind = CARVE_PROTECT, .path = values[0]});
}

static void take_hide(struct policy *policy, char **values) {
  add_carve(policy, "--hide", (struct carve_item){.kind = CARVE_HIDE, .path = values[0]});
}

static int digit_of(char letter) {
  static const char digits[] = "0123456789abcdef";
  const char *found = letter == '\0' ? NULL : strchr(digits, letter);
  return found == NULL ? -1 : (int)(found - digits);
}

/* In place, for what is half as long: names of bytes that are no text cannot be passed by who has only text to pass. */
static void read_hex(const char *flag, char *value) {
  size_t length = strlen(value);
  bool good = length % 2 == 0;
  for (size_t i = 0; i < length; i += 2)
    good = good && digit_of(value[i]) >= 0 && digit_of(value[i + 1]) >= 0 && memcmp(value + i, "00", 2) != 0;
  if (!good) reject(flag, value, "expected pairs of the digits 0 to f, none of them 00");
  for (size_t i = 0; i < length; i += 2) value[i / 2] = (char)(digit_of(value[i]) * 16 + digit_of(value[i + 1]));
  value[length / 2] = '\0';
}

static void take_protect_hex(struct policy *policy, char **values) {
  read_hex("--protect-hex", values[0]);
  take_protect(policy, values);
}

static void take_hide_hex(struct policy *policy, char **values) {
  read_hex("--hide-hex", values[0]);
  take_hide(policy, values);
}

static void take_mask(struct policy *policy, char **values) {
  add_carve(policy, "--mask-socket", (struct carve_item){.kind = CARVE_MASK, .path = values[0]});
}

static void take_cwd(struct policy *policy, char **values) {
  if (policy->cwd != NULL) reject("--cwd", values[0], "given twice");
  policy->cwd = checked_path("--cwd", values[0]);
}

static void take_env(struct policy *policy, char **values) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  size_t name = strspn(values[0], word);
  if (strspn(values[0], letters) == 0 || values[0][name] != '=') reject("--env", values[0], "expected NAME=VALUE");
  for (size_t i = 0; i < policy->env_count; i++)
    if (strncmp(policy->env[i], values[0], name + 1) == 0) reject("--env", values[0], "the name is given twice");
  if (policy->env_count == MAX_ENV) reject("--env", values[0], "more than 512 variables");
  char *copy = strdup(values[0]);
  if (copy == NULL) fail(ENOMEM, "keep the variable", values[0], NULL);
  policy->env[policy->env_count++] = copy;
}

/* proxy:SOCKET:PORT, where the socket's path may hold colons of its own. */
static void take_proxy(struct policy *policy, char *value) {
  char *socket = value + strlen("proxy:");
  char *colon = strrchr(socket, ':');
  uint64_t port = 0;
  if (colon == NULL || !read_number(colon + 1, UINT16_MAX, &port) || port == 0)
    reject("--net", value, "expected proxy:SOCKET:PORT");
  *colon = '\0';
  policy->net = NET_PROXY;
  policy->proxy_socket = checked_path("--net proxy", socket);
  policy->proxy_port = (uint16_t)port;
}

static void take_net(struct policy *policy, char **values) {
  if (policy->net != NET_NONE) reject("--net", values[0], "given twice");
  if (strncmp(values[0], "proxy:", 6) == 0) return take_proxy(policy, values[0]);
  if (strcmp(values[0], "none") == 0) return;
  if (strcmp(values[0], "host") != 0) reject("--net", values[0], "expected none, proxy:SOCKET:PORT or host");
  policy->net = NET_HOST;
}

static void take_port(const char *flag, const char *text, uint16_t *ports, size_t *count) {
  uint64_t port = 0;
  if (!read_number(text, UINT16_MAX, &port) || port == 0) reject(flag, text, "expected a port, 1 to 65535");
  if (*count == MAX_PORTS) reject(flag, text, "more than 64 ports");
  ports[(*count)++] = (uint16_t)port;
}

static void take_connect_port(struct policy *policy, char **values) {
  take_port("--connect-port", values[0], policy->connect_ports, &policy->connect_count);
}

static void take_bind_port(struct policy *policy, char **values) {
  take_port("--bind-port", values[0], policy->bind_ports, &policy->bind_count);
}

static void take_unix(struct policy *policy, char **values) {
  if (strcmp(values[0], "private") != 0 && strcmp(values[0], "off") != 0)
    reject("--unix", values[0], "expected private or off");
  policy->unix_sockets = strcmp(values[0], "private") == 0;
}

static void take_limit(struct policy *policy, char **values) {
  static const char *const names[LIMIT_COUNT] = {"pids", "nofile", "fsize", "data", "cpu"};
  static const uint64_t most[LIMIT_COUNT] = {1000000, 1048576, INT64_MAX, INT64_MAX, UINT32_MAX};
  size_t length = strcspn(values[0], "=");
  for (int name = 0; name < LIMIT_COUNT; name++) {
    if (strlen(names[name]) != length || memcmp(names[name], values[0], length) != 0) continue;
    uint64_t value = 0;
    const char *text = values[0] + length + (values[0][length] == '=');
    if (!read_size(text, &value) || value == 0 || value > most[name]) reject("--limit", values[0], "no such value");
    policy->limits[name] = value;
    return;
  }
  reject("--limit", values[0], "expected pids=, nofile=, fsize=, data= or cpu=");
}

static void take_landlock_min(struct policy *policy, char **values) {
  uint64_t least = 0;
  if (!read_number(values[0], 99, &least)) reject("--landlock-min", values[0], "expected an ABI number");
  policy->landlock_min = (int)least;
}

static void take_no_namespaces(struct policy *policy, char **values) {
  (void)values;
  policy->namespaces = false;
}

static void take_pty(struct policy *policy, char **values) {
  char *cross = strchr(values[0], 'x');
  uint64_t columns = 0;
  uint64_t rows = 0;
  if (cross != NULL) *cross = '\0';
  bool good = cross != NULL && read_number(values[0], 9999, &columns) && read_number(cross + 1, 9999, &rows);
  if (!good || columns == 0 || rows == 0) reject("--pty", values[0], "expected COLUMNSxROWS, as 80x24");
  policy->columns = (unsigned short)columns;
  policy->rows = (unsigned short)rows;
}

static void take_control(struct policy *policy, char **values) {
  if (strcmp(values[0], "3") != 0) reject("--control-fd", values[0], "expected 3");
  policy->control = 3;
}

static void take_probe(struct policy *policy, char **values) {
  (void)values;
  policy->probe = true;
}

#ifdef VTCODE_MUTATION
static void take_layers_off(struct policy *policy, char **values) {
  (void)policy;
  if (!layers_parse(values[0])) reject("--layers-off", values[0], "no such layer");
}
#endif

struct flag {
  const char *name;
  int values;
  void (*take)(struct policy *policy, char **values);
};

static const struct flag FLAGS[] = {
    {"--ro", 1, take_ro},
    {"--ro-at", 2, take_ro_at},
    {"--rw", 1, take_rw},
    {"--rw-at", 2, take_rw_at},
    {"--tmpfs", 2, take_tmpfs},
    {"--symlink", 2, take_symlink},
    {"--protect", 1, take_protect},
    {"--hide", 1, take_hide},
    {"--protect-hex", 1, take_protect_hex},
    {"--hide-hex", 1, take_hide_hex},
    {"--mask-socket", 1, take_mask},
    {"--cwd", 1, take_cwd},
    {"--env", 1, take_env},
    {"--net", 1, take_net},
    {"--connect-port", 1, take_connect_port},
    {"--bind-port", 1, take_bind_port},
    {"--unix", 1, take_unix},
    {"--limit", 1, take_limit},
    {"--landlock-min", 1, take_landlock_min},
    {"--no-namespaces", 0, take_no_namespaces},
    {"--pty", 1, take_pty},
    {"--control-fd", 1, take_control},
    {"--probe", 0, take_probe},
#ifdef VTCODE_MUTATION
    {"--layers-off", 1, take_layers_off},
#endif
};

static const struct flag *find_flag(const char *name) {
  for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
    if (strcmp(FLAGS[i].name, name) == 0) return &FLAGS[i];
  reject(name, NULL, "no such flag; the command comes after --");
}

/* What holds where no flag says otherwise. */
static void set_defaults(struct policy *policy) {
  policy->namespaces = true;
  policy->unix_sockets = true;
  policy->landlock_min = 1;
  policy->control = -1;
  policy->net = NET_NONE;
  policy->limits[LIMIT_PIDS] = 512;
  policy->limits[LIMIT_NOFILE] = 4096;
  policy->limits[LIMIT_FSIZE] = (uint64_t)4 << 30;
}

void args_parse(struct policy *policy, int argc, char **argv) {
  set_defaults(policy);
  int at = 1;
  while (at < argc && strcmp(argv[at], "--") != 0) {
    const struct flag *flag = find_flag(argv[at]);
    if (argc - at - 1 < flag->values) reject(flag->name, NULL, "its value is missing");
    flag->take(policy, argv + at + 1);
    at += 1 + flag->values;
  }
  if (policy->probe && argc != 2) reject("--probe", NULL, "it stands alone");
  if (policy->probe) return;
  if (at + 1 >= argc) reject("--", NULL, "the command is missing: … -- PROGRAM ARGUMENTS");
  policy->command = argv + at + 1;
  policy->flags_start = argv[0];
  policy->flags_end = policy->command[0];
  policy_check(policy);
}
