/* How the launcher says that it could not confine a command: one line, exit 126, and nothing has run. */
#ifndef VT_FAIL_H
#define VT_FAIL_H

#define PREFIX "vtcode-sandbox: "

enum { EXIT_NOT_CONFINED = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL_BASE = 128 };

/* Where the line goes: 2, until stdio is handed over to the command. */
extern int fail_fd;

/* `vtcode-sandbox: cannot <doing> "<subject>": <error>; <hint>`. The subject and the hint may be NULL, `error` 0. */
_Noreturn void fail(int error, const char *doing, const char *subject, const char *hint);

/* The same for what is wrong with the arguments: `vtcode-sandbox: <flag> "<value>": <problem>`. */
_Noreturn void reject(const char *flag, const char *value, const char *problem);

/* As `fail`, for a program that is not there: `<program> not found`, exit 127. */
_Noreturn void fail_not_found(const char *program);

#endif
