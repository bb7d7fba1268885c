/* Assembles the seccomp filter: two gates, then a binary search for the number, then a look at arguments. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "calls.h"

#define ERRNO(error) (SECCOMP_RET_ERRNO | (error))

static const uint32_t AUDIT_ARCHS[ARCH_COUNT] = {
    [ARCH_X86_64] = AUDIT_ARCH_X86_64, [ARCH_AARCH64] = AUDIT_ARCH_AARCH64};

typedef void (*emit_answer)(struct filter *filter, const struct filter_options *options);

/* -- instructions -- */

static void emit(struct filter *filter, struct sock_filter instruction) {
  if (filter->count == FILTER_MAX) filter->overflow = true;
  else filter->code[filter->count++] = instruction;
}

static void emit_return(struct filter *filter, uint32_t answer) {
  emit(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

static void emit_load(struct filter *filter, size_t offset) {
  emit(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/*
 * The low half of an argument (both architectures are little-endian). The kernel reads `int` and `unsigned` arguments
 * so, and a filter that compares all 64 bits is passed by with rubbish in the upper half (CVE-2019-10063).
 */
static void emit_load_argument(struct filter *filter, unsigned index) {
  emit_load(filter, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

static void emit_mask(struct filter *filter, uint32_t mask) {
  emit(filter, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

/* A jump whose `else` target is set by `land`, once what it jumps over is there. */
static size_t emit_test(struct filter *filter, uint16_t test, uint32_t value) {
  emit(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 0));
  return filter->count - 1;
}

static uint8_t distance(struct filter *filter, size_t from) {
  size_t jump = filter->count - from - 1;
  if (jump > UINT8_MAX) filter->overflow = true;
  return (uint8_t)jump;
}

static void land_unless(struct filter *filter, size_t test) {
  uint8_t jump = distance(filter, test);
  filter->code[test].jf = jump;
}

static void land_if(struct filter *filter, size_t test) {
  uint8_t jump = distance(filter, test);
  filter->code[test].jt = jump;
}

static void return_if_equal(struct filter *filter, uint32_t value, uint32_t answer) {
  size_t test = emit_test(filter, BPF_JEQ, value);
  emit_return(filter, answer);
  land_unless(filter, test);
}

static void return_if_any_bit(struct filter *filter, uint32_t bits, uint32_t answer) {
  size_t test = emit_test(filter, BPF_JSET, bits);
  emit_return(filter, answer);
  land_unless(filter, test);
}

/* -- what happens to a call: each ends in a return on every way -- */

static void refuse(struct filter *filter, const struct filter_options *options) {
  (void)options;
  emit_return(filter, ERRNO(EPERM));
}

static void absent(struct filter *filter, const struct filter_options *options) {
  (void)options;
  emit_return(filter, ERRNO(ENOSYS));
}

static void refuse_bits(struct filter *filter, unsigned argument, uint32_t bits) {
  emit_load_argument(filter, argument);
  return_if_any_bit(filter, bits, ERRNO(EPERM));
  emit_return(filter, SECCOMP_RET_ALLOW);
}

enum {
  NEW_NAMESPACE =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
  NEW_TIME = 0x80, /* in clone(2) these bits are the signal at exit */
  SET_ID_BITS = 06000,
};

static void check_clone(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_bits(filter, 0, NEW_NAMESPACE);
}

static void check_unshare(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_bits(filter, 0, NEW_NAMESPACE | NEW_TIME);
}

static void check_mode_1(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_bits(filter, 1, SET_ID_BITS);
}

static void check_mode_2(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_bits(filter, 2, SET_ID_BITS);
}

/* The mode counts only where a file may be made; otherwise the argument is whatever stood in the register. */
static void refuse_open(struct filter *filter, unsigned flags) {
  emit_load_argument(filter, flags);
  size_t creates = emit_test(filter, BPF_JSET, O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
  emit_load_argument(filter, flags + 1);
  return_if_any_bit(filter, SET_ID_BITS, ERRNO(EPERM));
  land_unless(filter, creates);
  emit_return(filter, SECCOMP_RET_ALLOW);
}

static void check_open(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_open(filter, 1);
}

static void check_openat(struct filter *filter, const struct filter_options *options) {
  (void)options;
  refuse_open(filter, 2);
}

/*
 * Typing into a terminal (TIOCSTI), the console's clipboard and screen (TIOCLINUX), its output (TIOCCONS), line
 * disciplines.
 */
static void check_ioctl(struct filter *filter, const struct filter_options *options) {
  static const uint32_t requests[] = {0x5412, 0x541c, 0x541d, 0x5423};
  (void)options;
  emit_load_argument(filter, 1);
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) return_if_equal(filter, requests[i], ERRNO(EPERM));
  emit_return(filter, SECCOMP_RET_ALLOW);
}

static void check_personality(struct filter *filter, const struct filter_options *options) {
  (void)options;
  emit_load_argument(filter, 0);
  return_if_equal(filter, PER_LINUX, SECCOMP_RET_ALLOW);
  return_if_equal(filter, ADDR_NO_RANDOMIZE, SECCOMP_RET_ALLOW);
  return_if_equal(filter, UINT32_MAX, SECCOMP_RET_ALLOW); /* asks for the current one */
  emit_return(filter, ERRNO(EPERM));
}

static void check_socketpair(struct filter *filter, const struct filter_options *options) {
  (void)options;
  emit_load_argument(filter, 0);
  return_if_equal(filter, AF_UNIX, SECCOMP_RET_ALLOW);
  emit_return(filter, ERRNO(EACCES));
}

/*
 * TCP and UDP, unix sockets, and the netlink of routes (without it os.networkInterfaces() of Node throws). Of the rest,
 * MPTCP would pass by Landlock's ports (landlock-lsm/linux issue 54), and vsock by the network namespace.
 */
static void check_socket(struct filter *filter, const struct filter_options *options) {
  enum { TYPE_BITS = 0xf };
  emit_load_argument(filter, 0);
  return_if_equal(filter, AF_UNIX, options->unix_sockets ? SECCOMP_RET_ALLOW : ERRNO(EACCES));
  size_t netlink = emit_test(filter, BPF_JEQ, AF_NETLINK);
  emit_load_argument(filter, 2);
  return_if_equal(filter, NETLINK_ROUTE, SECCOMP_RET_ALLOW);
  emit_return(filter, ERRNO(EACCES));
  land_unless(filter, netlink);
  size_t four = emit_test(filter, BPF_JEQ, AF_INET);
  size_t six = emit_test(filter, BPF_JEQ, AF_INET6);
  land_if(filter, four);
  emit_load_argument(filter, 1);
  emit_mask(filter, TYPE_BITS);
  size_t stream = emit_test(filter, BPF_JEQ, SOCK_STREAM);
  size_t datagram = emit_test(filter, BPF_JEQ, SOCK_DGRAM);
  land_if(filter, stream);
  emit_load_argument(filter, 2);
  return_if_equal(filter, IPPROTO_IP, SECCOMP_RET_ALLOW);
  return_if_equal(filter, IPPROTO_TCP, SECCOMP_RET_ALLOW);
  return_if_equal(filter, IPPROTO_UDP, SECCOMP_RET_ALLOW);
  land_unless(filter, six);
  land_unless(filter, datagram);
  emit_return(filter, ERRNO(EACCES));
}

/* Sending the first data with the connection asks no LSM about the port (landlock-lsm/linux issue 41). */
static void refuse_fast_open(struct filter *filter, unsigned flags, const struct filter_options *options) {
  if (options->host_network) {
    emit_load_argument(filter, flags);
    return_if_any_bit(filter, MSG_FASTOPEN, ERRNO(EOPNOTSUPP));
  }
  emit_return(filter, SECCOMP_RET_ALLOW);
}

static void check_send_2(struct filter *filter, const struct filter_options *options) {
  refuse_fast_open(filter, 2, options);
}

static void check_send_3(struct filter *filter, const struct filter_options *options) {
  refuse_fast_open(filter, 3, options);
}

/* -- the program -- */

/* Numbers that follow one another and share an answer. */
struct range {
  int first, last;
  emit_answer answer;
};

#define ROW(name, x86_64, aarch64, answer) {{[ARCH_X86_64] = x86_64, [ARCH_AARCH64] = aarch64}, answer},

static const struct {
  int number[ARCH_COUNT];
  emit_answer answer;
} TABLE[] = {CALLS(ROW)};

enum { TABLE_SIZE = sizeof TABLE / sizeof TABLE[0] };

static int by_number(const void *one, const void *other) {
  return ((const struct range *)one)->first - ((const struct range *)other)->first;
}

static size_t collect(enum arch arch, struct range *ranges) {
  size_t count = 0;
  size_t last = 0;
  for (size_t i = 0; i < TABLE_SIZE; i++)
    if (TABLE[i].number[arch] != NO_CALL)
      ranges[count++] = (struct range){TABLE[i].number[arch], TABLE[i].number[arch], TABLE[i].answer};
  qsort(ranges, count, sizeof ranges[0], by_number);
  for (size_t i = 1; i < count; i++) {
    bool follows = ranges[i].first == ranges[last].last + 1 && ranges[i].answer == ranges[last].answer;
    if (follows) ranges[last].last++;
    else ranges[++last] = ranges[i];
  }
  return last + 1;
}

static void emit_range(struct filter *filter, const struct filter_options *options, const struct range *range) {
  bool single = range->first == range->last;
  size_t from = emit_test(filter, single ? BPF_JEQ : BPF_JGE, (uint32_t)range->first);
  size_t to = single ? from : emit_test(filter, BPF_JGT, (uint32_t)range->last);
  range->answer(filter, options);
  land_unless(filter, from);
  if (!single) land_if(filter, to);
}

/*
 * A search instead of a list: the kernel runs the filter for every number once, to remember which are always allowed.
 */
static void emit_search(struct filter *filter, const struct filter_options *options, const struct range *ranges,
                        size_t count) {
  enum { FEW = 3 };
  if (count > FEW) {
    size_t upper = emit_test(filter, BPF_JGE, (uint32_t)ranges[count / 2].first);
    emit_search(filter, options, ranges, count / 2);
    land_if(filter, upper);
    emit_search(filter, options, ranges + count / 2, count - count / 2);
    return;
  }
  for (size_t i = 0; i < count; i++) emit_range(filter, options, &ranges[i]);
  emit_return(filter, SECCOMP_RET_ALLOW);
}

void filter_build(struct filter *filter, enum arch arch, const struct filter_options *options) {
  struct range ranges[TABLE_SIZE];
  size_t count = collect(arch, ranges);
  filter->count = 0;
  filter->overflow = false;
  /* Another architecture's entry, as int 0x80, has other numbers. */
  emit_load(filter, offsetof(struct seccomp_data, arch));
  size_t native = emit_test(filter, BPF_JEQ, AUDIT_ARCHS[arch]);
  emit_return(filter, SECCOMP_RET_KILL_PROCESS);
  land_if(filter, native);
  emit_load(filter, offsetof(struct seccomp_data, nr));
  /* Also the numbers of x32, which begin at 0x40000000. */
  size_t unknown = emit_test(filter, BPF_JGT, LAST_KNOWN_CALL);
  emit_return(filter, ERRNO(ENOSYS));
  land_unless(filter, unknown);
  emit_search(filter, options, ranges, count);
}
