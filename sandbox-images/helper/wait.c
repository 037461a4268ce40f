/*
 * What a person's link into a sandbox made in advance runs until the sandbox is a session's: the start of a process
 * from outside is the slow part, so it is done while nobody waits. It has no more rights than `attach`, which it becomes.
 */
#include "helper.h"

#include <stdio.h>
#include <unistd.h>

int mode_wait(void) {
  unsigned char go;
  /* One byte and no more: what follows is the runner's. */
  if (read(STDIN_FILENO, &go, 1) != 1) return 1;
  if (chdir(WORKSPACE) != 0) {
    perror("deckhand: " WORKSPACE);
    return 1;
  }
  return mode_attach();
}
