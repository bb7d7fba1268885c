/* vtcode-sandbox: confines itself as its arguments say, then runs a command. README.md lists the arguments. */
#include <stddef.h>
#include <unistd.h>

#include "args.h"
#include "confine.h"
#include "descriptors.h"
#include "env.h"
#include "init.h"
#include "namespaces.h"
#include "policy.h"
#include "probe.h"

static void run_as_init(struct policy *policy) { init_run(policy, confine_process(policy)); }

int main(int argc, char **argv) {
  static struct policy policy;
  pid_t parent = getppid();
  args_parse(&policy, argc, argv);
  descriptors_seal(&policy);
  if (policy.probe) probe_run();
  namespaces_die_with_parent();
  namespaces_check_caller(parent, policy.control);
  env_seal(&policy);
  if (policy.namespaces) namespaces_run(&policy, run_as_init);
  init_run(&policy, confine_process(&policy));
}
