/* A terminal for a command whose caller has none: what it prints comes out of stdout, to the last byte. */
#ifndef VT_PTY_H
#define VT_PTY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { PTY_POLLS = 3 };

struct pty {
  int master; /* -1: there is no pty, or nobody reads its output any more */
  int slave;  /* held open, so that the terminal lasts while no process has it open */
  bool input_open;
  bool input_ended; /* the end of input was given to the terminal */
  char last;        /* the last byte of input */
  char input[4096], output[64 * 1024];
  size_t input_from, input_to, output_from, output_to;
};

void pty_open(struct pty *pty, unsigned short columns, unsigned short rows);
void pty_resize(const struct pty *pty, unsigned short columns, unsigned short rows);

/* In the process that is to become the command: a session of its own, on this terminal. */
void pty_become(const struct pty *pty);

/* What to wait for: fills PTY_POLLS entries. */
void pty_poll(const struct pty *pty, struct pollfd *polls);
void pty_serve(struct pty *pty, const struct pollfd *polls);

/* Once no process has the terminal open: everything that was printed goes out. */
void pty_drain(struct pty *pty);

#endif
