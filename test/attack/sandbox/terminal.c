/*
 * A person's terminal, for tests: starts a program on a pty of its own, as a terminal emulator does, and copies both
 * ways. `terminal COLUMNSxROWS PROGRAM ARGUMENTS`. SIGUSR1 makes the window 101x51; the program's end is ours.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int master = -1;

static void resize(int signal) {
  const struct winsize size = {.ws_col = 101, .ws_row = 51};
  (void)signal;
  ioctl(master, TIOCSWINSZ, &size);
}

/* False at the end. */
static int copy(int from, int to) {
  char bytes[4096];
  ssize_t length = read(from, bytes, sizeof bytes);
  if (length < 0) return errno == EINTR || errno == EAGAIN;
  for (ssize_t done = 0; done < length;) {
    ssize_t written = write(to, bytes + done, (size_t)(length - done));
    if (written < 0 && errno != EINTR) return 0;
    if (written > 0) done += written;
  }
  return length > 0;
}

int main(int argc, char **argv) {
  struct winsize size = {0};
  if (argc < 3 || sscanf(argv[1], "%hux%hu", &size.ws_col, &size.ws_row) != 2) return 2;
  pid_t child = forkpty(&master, NULL, NULL, &size);
  if (child < 0) return 2;
  if (child == 0) {
    execv(argv[2], argv + 2);
    _exit(127);
  }
  struct sigaction action = {.sa_handler = resize};
  sigaction(SIGUSR1, &action, NULL);
  int input = STDIN_FILENO;
  for (;;) {
    struct pollfd polls[2] = {{.fd = master, .events = POLLIN}, {.fd = input, .events = POLLIN}};
    if (poll(polls, 2, -1) < 0 && errno != EINTR) return 2;
    if (polls[0].revents != 0 && !copy(master, STDOUT_FILENO)) break;
    if (polls[1].revents != 0 && !copy(input, master)) input = -1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
