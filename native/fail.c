/* Writes the one line that a failed set-up leaves on stderr, with names quoted so that none can forge another line. */
#include "fail.h"

#include <string.h>
#include <unistd.h>

int fail_fd = STDERR_FILENO;

struct line {
  char text[1024];
  size_t length;
};

/* Keeps room for the line feed; what does not fit is left out. */
static void put(struct line *line, const char *text) {
  size_t room = sizeof line->text - 1 - line->length;
  size_t length = strlen(text);
  if (length > room) length = room;
  memcpy(line->text + line->length, text, length);
  line->length += length;
}

static void put_quoted(struct line *line, const char *text) {
  static const char hex[] = "0123456789abcdef";
  put(line, "\"");
  for (const char *c = text; *c != '\0'; c++) {
    unsigned char byte = (unsigned char)*c;
    char escaped[5] = {'\\', 'x', hex[byte >> 4], hex[byte & 15], '\0'};
    char plain[2] = {*c, '\0'};
    put(line, byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\' ? escaped : plain);
  }
  put(line, "\"");
}

static _Noreturn void finish(struct line *line, int code) {
  line->text[line->length++] = '\n';
  ssize_t written = write(fail_fd, line->text, line->length);
  (void)written; /* the exit code says it too */
  _exit(code);
}

_Noreturn void fail(int error, const char *doing, const char *subject, const char *hint) {
  struct line line = {.length = 0};
  put(&line, PREFIX "cannot ");
  put(&line, doing);
  if (subject != NULL) {
    put(&line, " ");
    put_quoted(&line, subject);
  }
  if (error != 0) {
    put(&line, ": ");
    put(&line, strerror(error));
  }
  if (hint != NULL) {
    put(&line, "; ");
    put(&line, hint);
  }
  finish(&line, EXIT_NOT_CONFINED);
}

_Noreturn void reject(const char *flag, const char *value, const char *problem) {
  struct line line = {.length = 0};
  put(&line, PREFIX);
  put(&line, flag);
  if (value != NULL) {
    put(&line, " ");
    put_quoted(&line, value);
  }
  put(&line, ": ");
  put(&line, problem);
  finish(&line, EXIT_NOT_CONFINED);
}

_Noreturn void fail_not_found(const char *program) {
  struct line line = {.length = 0};
  put(&line, PREFIX);
  put_quoted(&line, program);
  put(&line, " is not found inside the sandbox");
  finish(&line, EXIT_NOT_FOUND);
}
