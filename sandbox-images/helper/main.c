/* deckhand-helper: the one program Deckhand brings into a sandbox. Its modes are the table below. */
#include "helper.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(void);
  } modes[] = {
      {"init", mode_init},       /* PID 1 under its own uid: reaps */
      {"attach", mode_attach},   /* a worker's way to the person's runner, which it starts */
      {"sweep", mode_sweep},     /* kills every process of the calling uid */
      {"prepare", mode_prepare}, /* gives a new workspace its group and folders */
  };
  for (size_t at = 0; argc == 2 && at < sizeof modes / sizeof *modes; at++)
    if (strcmp(argv[1], modes[at].name) == 0) return modes[at].run();
  fprintf(stderr, "usage: deckhand-helper init|attach|sweep|prepare\n");
  return 64;
}
