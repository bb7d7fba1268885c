/* What the attack program can try: each entry is one primitive, told apart by name on its command line. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stddef.h>

/* 0: the attack succeeded. Otherwise it was refused, for the reason in errno. */
struct attack {
  const char *name;
  int (*attempt)(char **words);
  int words; /* how many arguments it takes */
};

extern const struct attack FILE_ATTACKS[];
extern const struct attack KERNEL_ATTACKS[];
extern const struct attack PROCESS_ATTACKS[];
extern const struct attack NETWORK_ATTACKS[];

#endif
