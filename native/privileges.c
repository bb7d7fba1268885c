/* Gives up all capabilities in a way that no exec, not even of a setuid program or as uid 0, brings back. */
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "layers.h"

enum {
  NO_ROOT_POWER = 0xef
}; /* noroot, no-setuid-fixup, no-cap-ambient-raise and keep-caps, each locked but unset for the last */

_Static_assert((SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) ==
                   NO_ROOT_POWER,
               "securebits(7)");

static bool has_capability(unsigned capability) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  if (syscall(SYS_capget, &header, data) != 0) fail(errno, "read capabilities", NULL, NULL);
  return (data[capability / 32].effective & (1U << (capability % 32))) != 0;
}

/*
 * Without CAP_SETPCAP these are refused, and needless: then there is nothing to gain either (no_new_privs comes next).
 */
static void lock(void) {
  for (unsigned long capability = 0; capability < 64; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) break; /* past the last one that this kernel has */
    fail(errno, "drop capabilities", NULL, NULL);
  }
  if (prctl(PR_SET_SECUREBITS, NO_ROOT_POWER, 0, 0, 0) != 0) fail(errno, "lock capabilities", NULL, NULL);
}

void privileges_drop(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  if (layer(LAYER_CAPS)) {
    if (has_capability(CAP_SETPCAP)) lock();
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) fail(errno, "drop capabilities", NULL, NULL);
    if (syscall(SYS_capset, &header, none) != 0) fail(errno, "drop capabilities", NULL, NULL);
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(errno, "set no_new_privs", NULL, NULL);
}
