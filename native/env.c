/* Gives the command an environment of the policy's variables alone, and finds its program in the PATH of that. */
#include "env.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "layers.h"

extern char **environ;

void env_seal(struct policy *policy) {
  static char marker[] = "VTCODE_SANDBOX=1"; /* so that a test can tell why it may not do something */
  policy->env[policy->env_count] = marker;
  policy->env[policy->env_count + 1] = NULL;
}

static char **environment(struct policy *policy) { return layer(LAYER_ENV) ? policy->env : environ; }

static const char *search_path(char *const *env) {
  for (; *env != NULL; env++)
    if (strncmp(*env, "PATH=", 5) == 0) return *env + 5;
  return "/usr/bin:/bin";
}

/* Tries each directory of PATH. Answers the error to tell: EACCES where a file was found that may not run. */
static int exec_from_path(const char *program, char **argv, char **env) {
  char path[PATH_BYTES];
  int error = ENOENT;
  for (const char *at = search_path(env);; at++) {
    size_t length = strcspn(at, ":");
    bool absolute = length > 0 && at[0] == '/'; /* an empty or relative part would mean the directory that it runs in */
    if (absolute && snprintf(path, sizeof path, "%.*s/%s", (int)length, at, program) < (int)sizeof path) {
      execve(path, argv, env);
      if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    at += length;
    if (*at == '\0') return error;
  }
}

_Noreturn void env_exec(struct policy *policy) {
  umask(022); /* who started us may keep its own files closed; a command's are of the workspace, as its owner would make them */
  const char *program = policy->command[0];
  char **env = environment(policy);
  int error = 0;
  if (strchr(program, '/') == NULL) {
    error = exec_from_path(program, policy->command, env);
  } else {
    execve(program, policy->command, env);
    error = errno;
  }
  if (error == ENOENT || error == ENOTDIR) fail_not_found(program);
  fail(error, "run", program, error == ENOEXEC ? "it is neither a program nor a script that begins with #!" : NULL);
}
