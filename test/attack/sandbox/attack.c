/* Tries one thing that a confined command must not be able to do: exit 0 where it could, 1 where it was refused. */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct attack *find(const struct attack *list, const char *name) {
  for (; list->name != NULL; list++)
    if (strcmp(list->name, name) == 0) return list;
  return NULL;
}

int main(int argc, char **argv) {
  const struct attack *lists[] = {FILE_ATTACKS, KERNEL_ATTACKS, PROCESS_ATTACKS, NETWORK_ATTACKS};
  const struct attack *attack = NULL;
  if (argc < 2) return 2;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0] && attack == NULL; i++) attack = find(lists[i], argv[1]);
  if (attack == NULL || argc != 2 + attack->words) {
    fprintf(stderr, "attack: no such attack, or not its arguments\n");
    return 2;
  }
  errno = 0;
  if (attack->attempt(argv + 2) == 0) return 0;
  printf("%s: %s\n", argv[1], strerror(errno));
  return 1;
}
