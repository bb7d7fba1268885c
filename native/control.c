/* Speaks with the caller over a channel that the command never sees, so that it cannot be forged. */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "layers.h"
#include "limits.h"

void control_report(const struct policy *policy, int landlock) {
  static const char *const networks[] = {[NET_NONE] = "none", [NET_PROXY] = "proxy", [NET_HOST] = "host"};
  if (policy->control < 0) return;
  char line[256];
  int length = snprintf(
      line, sizeof line,
      "{\"confined\":true,\"namespaces\":%s,\"network\":\"%s\",\"landlock\":%d,\"seccomp\":%s,\"pids\":\"%s\"}\n",
      policy->namespaces ? "true" : "false", networks[policy->net], landlock, layer(LAYER_SECCOMP) ? "true" : "false",
      limits_pids_by());
  if (write(policy->control, line, (size_t)length) != length) fail(errno, "report on the control channel", NULL, NULL);
}

/* Where the caller no longer listens, there is nobody to tell. */
void control_report_uncovered(const struct control *control, const char *path) {
  char line[6 * PATH_BYTES + 64];
  size_t length = (size_t)snprintf(line, sizeof line, "{\"ended\":\"uncovered\",\"path\":\"");
  if (control->fd < 0) return;
  for (; *path != '\0'; path++) {
    unsigned char byte = (unsigned char)*path;
    bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
    length += (size_t)snprintf(line + length, sizeof line - length, plain ? "%c" : "\\u%04x", byte);
  }
  length += (size_t)snprintf(line + length, sizeof line - length, "\"}\n");
  ssize_t written = send(control->fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written < 0 && errno == ENOTSOCK) written = write(control->fd, line, length);
  (void)written;
}

static bool read_size(const char *line, unsigned short *columns, unsigned short *rows) {
  unsigned wide = 0;
  unsigned high = 0;
  char rest = 0;
  bool good = sscanf(line, "%4ux%4u%c", &wide, &high, &rest) == 2 && wide > 0 && high > 0;
  if (!good) return false;
  *columns = (unsigned short)wide;
  *rows = (unsigned short)high;
  return true;
}

bool control_read(struct control *control, unsigned short *columns, unsigned short *rows) {
  char bytes[256];
  bool sized = false;
  ssize_t length = read(control->fd, bytes, sizeof bytes);
  if (length < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (length <= 0) {
    close(control->fd);
    control->fd = -1;
    return false;
  }
  for (ssize_t i = 0; i < length; i++) {
    if (bytes[i] != '\n') {
      if (control->length < sizeof control->line - 1) control->line[control->length++] = bytes[i];
      continue;
    }
    control->line[control->length] = '\0';
    control->length = 0;
    sized = read_size(control->line, columns, rows) || sized;
  }
  return sized;
}
