/*
 * Runs the seccomp filter of either architecture on any machine: `filter ARCH UNIX HOST` reads lines of `audit-arch
 * number arguments…`, hexadecimal, and prints for each what the kernel would be told. `filter` alone lists the table of
 * calls; `filter ARCH UNIX HOST dump` writes its instructions, 8 bytes each, as the kernel takes them.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "filter.h"

#define NAME(name, x86_64, aarch64, answer) printf("%s %d %d %s\n", #name, x86_64, aarch64, #answer);

/* The part of classic BPF that filters are written in; anything else is a mistake of ours. */
static unsigned run(const struct filter *filter, const struct seccomp_data *data) {
  unsigned accumulator = 0;
  for (size_t at = 0; at < filter->count; at++) {
    const struct sock_filter *one = &filter->code[at];
    unsigned jump = 0;
    switch (one->code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (one->k % 4 != 0 || one->k + 4 > sizeof *data) abort();
        memcpy(&accumulator, (const char *)data + one->k, 4);
        continue;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= one->k;
        continue;
      case BPF_RET | BPF_K:
        return one->k;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump = accumulator == one->k ? one->jt : one->jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump = accumulator >= one->k ? one->jt : one->jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump = accumulator > one->k ? one->jt : one->jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump = (accumulator & one->k) != 0 ? one->jt : one->jf;
        break;
      default:
        abort();
    }
    at += jump;
  }
  abort(); /* it ran off its end */
}

int main(int argc, char **argv) {
  static struct filter filter;
  if (argc == 1) {
    CALLS(NAME)
    return 0;
  }
  if (argc != 4 && !(argc == 5 && strcmp(argv[4], "dump") == 0)) return 2;
  const struct filter_options options = {.unix_sockets = strcmp(argv[2], "1") == 0,
                                         .host_network = strcmp(argv[3], "1") == 0};
  filter_build(&filter, strcmp(argv[1], "aarch64") == 0 ? ARCH_AARCH64 : ARCH_X86_64, &options);
  if (filter.overflow) return 3;
  if (argc == 5) return fwrite(filter.code, sizeof filter.code[0], filter.count, stdout) == filter.count ? 0 : 4;
  fprintf(stderr, "%zu\n", filter.count);
  struct seccomp_data data;
  unsigned arch;
  unsigned number;
  unsigned long long a[6];
  while (scanf("%x %x %llx %llx %llx %llx %llx %llx", &arch, &number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) == 8) {
    data = (struct seccomp_data){.nr = (int)number, .arch = arch};
    for (int i = 0; i < 6; i++) data.args[i] = a[i];
    printf("%x\n", run(&filter, &data));
  }
  return 0;
}
