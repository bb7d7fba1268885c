/*
 * Throws random argument lists at the parser: `fuzz SEED ROUNDS`. Built with sanitizers, so that a wrong read or an
 * overflow ends it. What is accepted must be within the bounds that the rest of the launcher relies on.
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "check.h"
#include "fail.h"
#include "path.h"

int fail_fd = 2;
static jmp_buf rejected;

/* Where the launcher would end, a round does. */
_Noreturn void fail(int error, const char *doing, const char *subject, const char *hint) {
  (void)error, (void)doing, (void)subject, (void)hint;
  longjmp(rejected, 1);
}

_Noreturn void reject(const char *flag, const char *value, const char *problem) {
  if (flag == NULL || problem == NULL) abort();
  (void)value;
  longjmp(rejected, 1);
}

_Noreturn void fail_not_found(const char *program) {
  (void)program;
  abort(); /* the parser looks for no program */
}

static uint64_t state;

static uint32_t next(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16) % below;
}

static const char *const WORDS[] = {
    "--ro",
    "--ro-at",
    "--rw",
    "--rw-at",
    "--tmpfs",
    "--symlink",
    "--protect",
    "--hide",
    "--hide-hex",
    "--protect-hex",
    "2f61",
    "2f6",
    "--mask-socket",
    "--cwd",
    "--env",
    "--net",
    "--connect-port",
    "--bind-port",
    "--unix",
    "--limit",
    "--landlock-min",
    "--no-namespaces",
    "--pty",
    "--control-fd",
    "--probe",
    "--layers-off",
    "--",
    "--nothing",
    "",
    "/",
    "/a",
    "/a/b",
    "/a/b/c",
    "/a/",
    "//a",
    "/a/../b",
    "/a/./b",
    "/a/.b",
    "/a/..b",
    "/b",
    "/usr",
    "/proc",
    "/proc/x",
    "/dev",
    "/run/vtcode-proxy.sock",
    "/tmp",
    "a",
    "3",
    "0",
    "-1",
    "1",
    "64M",
    "1K",
    "9G",
    "99999999999999999999",
    "K",
    "8T",
    "4096",
    "none",
    "host",
    "proxy:/s:80",
    "proxy:/s:0",
    "proxy:",
    "proxy:/a:b:443",
    "proxy:s:1",
    "private",
    "off",
    "80x24",
    "0x0",
    "80x",
    "x24",
    "99999x1",
    "A=1",
    "A=",
    "=1",
    "A",
    "B_1=x y\n",
    "1A=2",
    "PATH=/bin",
    "pids=10",
    "pids=0",
    "pids=",
    "nofile=4096",
    "fsize=1G",
    "data=x",
    "cpu=18446744073709551616",
    "nothing=1",
    "true",
};

enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0], MAX_WORDS = 1200 };

/* An exact copy in memory of its own, now and then damaged: reading past its end is seen. */
static char *make_word(void) {
  const char *word = WORDS[next(WORD_COUNT)];
  size_t length = strlen(word);
  size_t extra = next(40) == 0 ? next(5000) : 0;
  char *copy = malloc(length + extra + 1);
  if (copy == NULL) abort();
  memcpy(copy, word, length);
  memset(copy + length, 'a' + (int)next(26), extra);
  copy[length + extra] = '\0';
  if (length > 0 && next(8) == 0) copy[next((uint32_t)length)] = (char)(1 + next(255));
  return copy;
}

static void check(const struct policy *policy) {
  if (policy->probe) return;
  bool bounded = policy->mount_count <= MAX_ITEMS && policy->link_count <= MAX_LINKS &&
                 policy->carve_count <= MAX_ITEMS && policy->env_count <= MAX_ENV &&
                 policy->connect_count <= MAX_PORTS && policy->bind_count <= MAX_PORTS;
  if (!bounded || policy->command == NULL || policy->command[0] == NULL || policy->cwd == NULL) abort();
  for (size_t i = 0; i < policy->mount_count; i++) {
    const char *path = policy->mounts[i].path;
    if (path_problem(path) != NULL || path[1] == '\0' || path_within(path, "/proc") || path_within(path, "/dev"))
      abort();
  }
  for (size_t i = 0; i < policy->carve_count; i++) {
    const struct mount_item *in = policy_mount_of(policy, policy->carves[i].path);
    if (in == NULL || in->kind == MOUNT_TMPFS || !path_below(policy->carves[i].path, in->path)) abort();
  }
  if (policy->control != -1 && policy->control != 3) abort();
}

static unsigned round_of(void) {
  static struct policy policy;
  char *argv[MAX_WORDS + 2] = {NULL};
  uint32_t many = next(200) == 0 ? MAX_WORDS : 24;
  int argc = (int)next(many) + 1;
  unsigned accepted = 0;
  /* Half of the lists begin well, so that the rest is reached. */
  static const char *const start[] = {"launcher", "--rw", "/a", "--cwd", "/a"};
  size_t begin = next(2) == 0 && argc > 8 ? sizeof start / sizeof start[0] : 0;
  for (int i = 0; i < argc; i++) argv[i] = (size_t)i < begin ? strdup(start[i]) : make_word();
  memset(&policy, 0, sizeof policy);
  if (setjmp(rejected) == 0) {
    args_parse(&policy, argc, argv);
    check(&policy);
    accepted = 1;
  }
  for (size_t i = 0; i < policy.env_count; i++) free(policy.env[i]);
  for (int i = 0; i < argc; i++) free(argv[i]);
  return accepted;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  state = strtoull(argv[1], NULL, 10) | 1;
  unsigned long accepted = 0;
  unsigned long rounds = strtoul(argv[2], NULL, 10);
  for (unsigned long i = 0; i < rounds; i++) accepted += round_of();
  printf("%lu\n", accepted);
  return 0;
}
