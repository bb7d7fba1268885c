/* Attacks on files: through renames, links, devices, modes, handles and descriptors. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

static int failed(long result) { return result < 0; }

static int exchange(char **words) {
  return failed(syscall(SYS_renameat2, AT_FDCWD, words[0], AT_FDCWD, words[1], 2 /* RENAME_EXCHANGE */));
}

static int make_block_device(char **words) { return failed(mknod(words[0], S_IFBLK | 0600, makedev(254, 0))); }

static int make_char_device(char **words) {
  return failed(mknod(words[0], S_IFCHR | 0600, makedev(1, 1))); /* /dev/mem */
}

/* The first disk that can be found, asked for its size. */
static int ask_disk(char **words) {
  static const char *const disks[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda"};
  (void)words;
  for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++) {
    uint64_t size = 0;
    int fd = open(disks[i], O_RDONLY);
    if (fd >= 0) return failed(ioctl(fd, 0x80081272UL /* BLKGETSIZE64 */, &size));
  }
  return 1;
}

static int truncate_file(char **words) { return failed(truncate(words[0], 0)); }
static int change_mode(char **words) { return failed(chmod(words[0], 0777)); }
static int change_owner(char **words) { return failed(chown(words[0], geteuid(), getegid())); }

static int change_times(char **words) {
  const struct timeval times[2] = {{1, 0}, {1, 0}};
  return failed(utimes(words[0], times));
}

static int set_attribute(char **words) { return failed(setxattr(words[0], "user.attack", "1", 1, 0)); }

static int watch(char **words) {
  int fd = inotify_init1(IN_CLOEXEC);
  return fd < 0 || failed(inotify_add_watch(fd, words[0], IN_ALL_EVENTS));
}

/* A path descriptor, opened again for reading through /proc. */
static int reopen_path(char **words) {
  char path[64];
  char byte;
  int fd = open(words[0], O_PATH);
  if (fd < 0) return 1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_RDONLY);
  return again < 0 || read(again, &byte, 1) != 1;
}

static int grow_file(char **words) {
  int fd = open(words[0], O_CREAT | O_RDWR | O_TRUNC, 0600);
  if (fd < 0) return 1;
  int refused = failed(ftruncate(fd, (off_t)8 << 30));
  int error = errno;
  unlink(words[0]);
  errno = error;
  return refused;
}

/* Anything open that was not given on purpose. */
static int find_descriptor(char **words) {
  (void)words;
  for (int fd = 3; fd < 256; fd++)
    if (fcntl(fd, F_GETFD) >= 0) return 0;
  return 1;
}

/* Through any open directory: one that was left open on the host leads past all mounts. */
static int write_through_descriptor(char **words) {
  for (int dir = 0; dir < 256; dir++) {
    int fd = openat(dir, words[0], O_WRONLY | O_APPEND);
    if (fd >= 0) return write(fd, "#", 1) != 1;
  }
  return 1;
}

static int is_setuid(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && (info.st_mode & 06000) != 0;
}

/* A way to make a file setuid, by name of the call. */
static int make_setuid(char **words) {
  const char *path = words[1];
  umask(0);
  unlink(path);
  if (strcmp(words[0], "creat") == 0) creat(path, 04755);
  if (strcmp(words[0], "open") == 0) open(path, O_CREAT | O_WRONLY, 06755);
  if (strcmp(words[0], "mknod") == 0) mknod(path, S_IFREG | 04755, 0);
  if (strcmp(words[0], "openat2") == 0) {
    uint64_t how[3] = {O_CREAT | O_WRONLY, 04755, 0};
    syscall(437, AT_FDCWD, path, how, sizeof how);
  }
  int fd = open(path, O_CREAT | O_WRONLY, 0755);
  if (strcmp(words[0], "fchmod") == 0) fchmod(fd, 04755);
  if (strcmp(words[0], "chmod") == 0) chmod(path, 02755);
  if (strcmp(words[0], "fchmodat2") == 0) syscall(452, AT_FDCWD, path, 04755, 0);
  if (strcmp(words[0], "high-bits") == 0) syscall(SYS_fchmodat, AT_FDCWD, path, 0x100000000UL | 04755);
  return !is_setuid(path);
}

/* A file without a name, given one once it is setuid. */
static int link_setuid(char **words) {
  char path[64];
  umask(0);
  int fd = open(words[0], O_TMPFILE | O_RDWR, 04755);
  if (fd < 0) return 1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  char name[4096];
  snprintf(name, sizeof name, "%s/linked-setuid", words[0]);
  return failed(linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW)) || !is_setuid(name);
}

static int file_handle(char **words) {
  union {
    struct file_handle handle;
    char space[256];
  } one = {.handle = {.handle_bytes = 128}};
  int mount;
  return failed(name_to_handle_at(AT_FDCWD, words[0], &one.handle, &mount, 0));
}

static int leave_root(char **words) {
  (void)words;
  return failed(chroot("/tmp"));
}

/* What is mapped from a file that is read-only must not become writable. */
static int map_writable(char **words) {
  int fd = open(words[0], O_RDWR);
  if (fd < 0) return 1;
  void *at = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return at == MAP_FAILED;
}

const struct attack FILE_ATTACKS[] = {
    {"xchg", exchange, 2},
    {"mknod", make_block_device, 1},
    {"mknod-char", make_char_device, 1},
    {"blk-ioctl", ask_disk, 0},
    {"truncate", truncate_file, 1},
    {"chmod", change_mode, 1},
    {"chown", change_owner, 1},
    {"utimes", change_times, 1},
    {"setxattr", set_attribute, 1},
    {"inotify", watch, 1},
    {"open-path-reopen", reopen_path, 1},
    {"bigfile", grow_file, 1},
    {"fd-leak", find_descriptor, 0},
    {"fd-write", write_through_descriptor, 1},
    {"setuid", make_setuid, 2},
    {"setuid-tmpfile", link_setuid, 1},
    {"file-handle", file_handle, 1},
    {"chroot", leave_root, 0},
    {"map-writable", map_writable, 1},
    {NULL, NULL, 0},
};
