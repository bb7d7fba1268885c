/* Loads the seccomp filter into the kernel. */
#include "seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "filter.h"
#include "layers.h"

void seccomp_confine(const struct policy *policy) {
  static struct filter filter;
  const struct filter_options options = {.unix_sockets = policy->unix_sockets, .host_network = policy->net == NET_HOST};
  if (!layer(LAYER_SECCOMP)) return;
  filter_build(&filter, ARCH_NATIVE, &options);
  if (filter.overflow) fail(0, "build the seccomp filter", NULL, "its table is too long");
  const struct sock_fprog program = {.len = (unsigned short)filter.count, .filter = filter.code};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    fail(errno, "load the seccomp filter", NULL, "the kernel must have CONFIG_SECCOMP_FILTER");
}
