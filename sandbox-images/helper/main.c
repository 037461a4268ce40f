/* deckhand-helper: the one program Deckhand brings into a sandbox. Its modes are the table below. */
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* One system call where the kernel knows it; a loop of a thousand costs more than the fork it follows. */
void close_from(int first, int but) {
  if (but < first) but = -1;
  bool done = but < 0 ? close_range(first, ~0U, 0) == 0
                      : (but == first || close_range(first, but - 1, 0) == 0) && close_range(but + 1, ~0U, 0) == 0;
  for (int fd = first; !done && fd < 1024; fd++)
    if (fd != but) close(fd);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*run)(void);
  } modes[] = {
      {"init", mode_init},       /* PID 1 under its own uid: reaps, forwards to the door */
      {"attach", mode_attach},   /* a worker's way to the person's runner, which it starts */
      {"sweep", mode_sweep},     /* kills every process of the calling uid and removes its shared memory */
      {"prepare", mode_prepare}, /* gives a new workspace its group and folders */
      {"wait", mode_wait},       /* in a sandbox made in advance: becomes `attach` once it is known whose it is */
  };
  /* The end of a turn must not end what a newer claim has begun. */
  if (argc == 3 && strcmp(argv[1], "sweep") == 0) return fenced(strtoull(argv[2], NULL, 10)) ? 0 : mode_sweep();
  if (argc == 4 && strcmp(argv[1], "serve") == 0) return mode_serve(strtoull(argv[2], NULL, 10), argv[3]);
  if (argc == 7 && strcmp(argv[1], "seat") == 0) return mode_seat(argv + 2);
  if (argc == 3 && strcmp(argv[1], "unseat") == 0) return mode_unseat(argv + 2);
  for (size_t at = 0; argc == 2 && at < sizeof modes / sizeof *modes; at++)
    if (strcmp(argv[1], modes[at].name) == 0) return modes[at].run();
  fprintf(stderr, "usage: deckhand-helper init|attach|wait|sweep [EPOCH]|serve EPOCH SCRIPT|prepare|seat …|unseat …\n");
  return 64;
}
