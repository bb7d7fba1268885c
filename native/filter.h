/* The seccomp filter as data: which system calls are refused, and the BPF program that says so. */
#ifndef VT_FILTER_H
#define VT_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arch { ARCH_X86_64, ARCH_AARCH64, ARCH_COUNT };

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH_NATIVE ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__) && !defined(__ILP32__)
#define ARCH_NATIVE ARCH_AARCH64
#else
#error "vtcode-sandbox has system-call tables for x86_64 and little-endian aarch64 only"
#endif

enum { FILTER_MAX = 1024 };

struct filter {
  struct sock_filter code[FILTER_MAX];
  size_t count;
  bool overflow; /* the program came out too long, or a jump too far: it must not be used */
};

struct filter_options {
  bool unix_sockets;
  bool host_network;
};

void filter_build(struct filter *filter, enum arch arch, const struct filter_options *options);

#endif
