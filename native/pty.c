/* Holds the master of a pty and copies: stdin into the terminal, the terminal into stdout, within fixed buffers. */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "fail.h"

/* Opens the other side of a master without a path (ioctl_tty(2), Linux 4.13). */
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

void pty_open(struct pty *pty, unsigned short columns, unsigned short rows) {
  int unlocked = 0;
  memset(pty, 0, sizeof *pty);
  pty->input_open = true;
  pty->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (pty->master < 0) fail(errno, "open", "/dev/ptmx", NULL);
  if (ioctl(pty->master, TIOCSPTLCK, &unlocked) != 0) fail(errno, "unlock the terminal", NULL, NULL);
  pty->slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (pty->slave < 0) fail(errno, "open the terminal", NULL, NULL);
  struct termios modes;
  if (tcgetattr(pty->slave, &modes) != 0) fail(errno, "read the terminal's modes", NULL, NULL);
  modes.c_iflag |= IUTF8;
  if (tcsetattr(pty->slave, TCSANOW, &modes) != 0) fail(errno, "set the terminal's modes", NULL, NULL);
  pty_resize(pty, columns, rows);
}

/* The kernel sends SIGWINCH to the foreground group where the size is another. */
void pty_resize(const struct pty *pty, unsigned short columns, unsigned short rows) {
  const struct winsize size = {.ws_col = columns, .ws_row = rows};
  if (pty->master >= 0 && ioctl(pty->master, TIOCSWINSZ, &size) != 0)
    fail(errno, "set the terminal's size", NULL, NULL);
}

void pty_become(const struct pty *pty) {
  if (setsid() < 0) fail(errno, "start a session", NULL, NULL);
  if (ioctl(pty->slave, TIOCSCTTY, 0) != 0) fail(errno, "take the terminal", NULL, NULL);
  for (int fd = 0; fd <= 2; fd++)
    if (dup2(pty->slave, fd) != fd) fail(errno, "take the terminal", NULL, NULL);
}

static void want(struct pollfd *entry, bool wanted, int fd, short events) {
  *entry = (struct pollfd){.fd = wanted ? fd : -1, .events = events};
}

void pty_poll(const struct pty *pty, struct pollfd *polls) {
  bool has_input = pty->input_from < pty->input_to;
  bool has_output = pty->output_from < pty->output_to;
  bool open = pty->master >= 0;
  short events = (short)((has_output ? 0 : POLLIN) | (has_input ? POLLOUT : 0));
  want(&polls[0], open && events != 0, pty->master, events);
  want(&polls[1], open && pty->input_open && !has_input, STDIN_FILENO, POLLIN);
  want(&polls[2], open && has_output, STDOUT_FILENO, POLLOUT);
}

/* The reader is gone. What goes on in the terminal is told so, as when a window is closed. */
static void hang_up(struct pty *pty) {
  close(pty->slave);
  close(pty->master);
  pty->master = pty->slave = -1;
}

static bool is_transient(int error) { return error == EAGAIN || error == EINTR; }

/* Never waits: a socket is asked not to, and a pipe that takes anything takes PIPE_BUF bytes. */
static void write_output(struct pty *pty) {
  const char *from = pty->output + pty->output_from;
  size_t length = pty->output_to - pty->output_from;
  ssize_t written = send(STDOUT_FILENO, from, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written < 0 && errno == ENOTSOCK) written = write(STDOUT_FILENO, from, length < PIPE_BUF ? length : PIPE_BUF);
  if (written < 0 && is_transient(errno)) return;
  if (written < 0) return hang_up(pty);
  pty->output_from += (size_t)written;
}

/* The kernel hands out a page at a time. As many as there are are written at once. */
static void read_output(struct pty *pty) {
  pty->output_from = pty->output_to = 0;
  while (pty->output_to < sizeof pty->output) {
    ssize_t length = read(pty->master, pty->output + pty->output_to, sizeof pty->output - pty->output_to);
    if (length > 0) {
      pty->output_to += (size_t)length;
      continue;
    }
    bool over = length == 0 || !is_transient(errno);
    if (over && pty->output_to == 0) hang_up(pty);
    return; /* an end is met again, once what came before it is written */
  }
}

static void write_input(struct pty *pty) {
  ssize_t written = write(pty->master, pty->input + pty->input_from, pty->input_to - pty->input_from);
  if (written < 0 && is_transient(errno)) return;
  if (written < 0) return hang_up(pty);
  pty->input_from += (size_t)written;
}

/* The end of input is a character here. In the middle of a line the first one only hands over what stands there. */
static void end_input(struct pty *pty) {
  struct termios modes;
  pty->input_open = false;
  if (pty->input_ended || tcgetattr(pty->master, &modes) != 0 || (modes.c_lflag & ICANON) == 0) return;
  pty->input_ended = true;
  pty->input_from = 0;
  pty->input_to = pty->last == '\0' || pty->last == '\n' ? 1 : 2;
  memset(pty->input, modes.c_cc[VEOF], pty->input_to);
}

static void read_input(struct pty *pty) {
  ssize_t length = read(STDIN_FILENO, pty->input, sizeof pty->input);
  if (length < 0 && is_transient(errno)) return;
  if (length <= 0) return end_input(pty);
  pty->last = pty->input[length - 1];
  pty->input_from = 0;
  pty->input_to = (size_t)length;
}

void pty_serve(struct pty *pty, const struct pollfd *polls) {
  if (polls[2].revents != 0) write_output(pty);
  if (pty->master >= 0 && (polls[0].revents & POLLIN) != 0) read_output(pty);
  if (pty->master >= 0 && (polls[0].revents & POLLOUT) != 0) write_input(pty);
  if (pty->master >= 0 && polls[1].revents != 0) read_input(pty);
}

void pty_drain(struct pty *pty) {
  if (pty->master < 0) return;
  close(pty->slave); /* with nobody left, the end of what was printed reads as an error */
  pty->slave = -1;
  while (pty->master >= 0) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (pty->output_from == pty->output_to) {
      read_output(pty);
      continue;
    }
    if (poll(&out, 1, -1) < 0 && errno != EINTR) return;
    write_output(pty);
  }
}
