/* Attacks on other processes and on terminals, and on what a command may use up. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static int failed(long result) { return result < 0; }
static pid_t pid_of(const char *word) { return (pid_t)atoi(word); }

static int take_descriptor(char **words) {
  long process = syscall(434, pid_of(words[0]), 0);
  return process < 0 || failed(syscall(438, process, 0, 0));
}

static int read_memory(char **words) {
  char byte;
  struct iovec mine = {&byte, 1};
  struct iovec theirs = {(void *)0x400000, 1};
  return failed(process_vm_readv(pid_of(words[0]), &mine, 1, &theirs, 1, 0)) && errno != EFAULT;
}

static int attach(char **words) {
  pid_t pid = pid_of(words[0]);
  if (failed(ptrace(PTRACE_SEIZE, pid, NULL, NULL))) return 1;
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
  return 0;
}

static int trace_child(char **words) {
  (void)words;
  pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  int refused = failed(ptrace(PTRACE_SEIZE, child, NULL, NULL));
  int error = errno;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  errno = error;
  return refused;
}

static int signal_process(char **words) { return failed(kill(pid_of(words[0]), 0)); }

/* The memory of pid 1 of the sandbox. */
static int open_memory(char **words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid_of(words[0]));
  return failed(open(path, O_RDWR));
}

/* A line typed into a terminal as if by its user. The terminal is one of our own: the call is what counts. */
static int type_into(unsigned long request) {
  int master;
  int slave;
  if (failed(openpty(&master, &slave, NULL, NULL, NULL))) return 1;
  pid_t child = fork();
  if (child == 0) {
    setsid();
    if (failed(ioctl(slave, TIOCSCTTY, 0))) _exit(3);
    _exit(failed(syscall(SYS_ioctl, slave, request, "\n")) ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}

static int type_line(char **words) { return (void)words, type_into(TIOCSTI); }
static int type_line_high(char **words) { return (void)words, type_into(0x100000000UL | TIOCSTI); }

static int set_discipline(char **words) {
  int master;
  int slave;
  int discipline = 0;
  (void)words;
  if (failed(openpty(&master, &slave, NULL, NULL, NULL))) return 1;
  return failed(ioctl(slave, TIOCSETD, &discipline));
}

/* A terminal that the command was not given. */
static int reach_terminal(char **words) {
  (void)words;
  return failed(open("/dev/tty", O_RDWR));
}

static int shared_memory(char **words) {
  int id = shmget((key_t)atoi(words[0]), 0, 0);
  return failed(id);
}

/* How many processes can be alive at once; success where more than `words[0]`. */
static int many_processes(char **words) {
  int most = atoi(words[0]);
  int alive = 0;
  for (; alive <= most; alive++) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
  }
  int error = errno;
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  printf("%d\n", alive);
  errno = error;
  return alive <= most;
}

static int many_files(char **words) {
  int most = atoi(words[0]);
  int count = 0;
  while (count <= most && open("/dev/null", O_RDONLY) >= 0) count++;
  return count <= most;
}

/* Memory that is written to, in megabytes. */
static int much_memory(char **words) {
  size_t bytes = (size_t)atol(words[0]) << 20;
  char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return 1;
  for (size_t i = 0; i < bytes; i += 4096) at[i] = 1;
  return 0;
}

const struct attack PROCESS_ATTACKS[] = {
    {"pidfd_getfd", take_descriptor, 1},
    {"vm-read", read_memory, 1},
    {"ptrace", attach, 1},
    {"ptrace-self-child", trace_child, 0},
    {"signal", signal_process, 1},
    {"proc-mem", open_memory, 1},
    {"tiocsti", type_line, 0},
    {"tiocsti-64bit", type_line_high, 0},
    {"tiocsetd", set_discipline, 0},
    {"dev-tty", reach_terminal, 0},
    {"shm", shared_memory, 1},
    {"processes", many_processes, 1},
    {"files", many_files, 1},
    {"memory", much_memory, 1},
    {NULL, NULL, 0},
};
