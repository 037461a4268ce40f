/* PID 1, and the two small modes that keep a sandbox in order. */
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int mode_init(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  umask(0002);
  mode_prepare();
  for (;;) {
    int signal = sigwaitinfo(&all, NULL);
    if (signal == SIGTERM || signal == SIGINT) return 0;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}

/* kill(-1) is one walk under the kernel's task lock that nothing can fork past; a pause lets the killed be gone. */
int mode_sweep(void) {
  for (int round = 0; round < 3; round++) {
    if (kill(-1, SIGKILL) != 0 && errno == ESRCH) return 0;
    usleep(2000);
  }
  return 0;
}

/* The sticky bit lets several people share the folders without renaming each other's entries. */
int mode_prepare(void) {
  if (access(STATE_ROOT, F_OK) == 0) return 0;
  rmdir(WORKSPACE "/lost+found");
  if (chown(WORKSPACE, -1, getegid()) != 0 || chmod(WORKSPACE, 02775) != 0) return 1;
  if (mkdir(STATE_ROOT, 0775) != 0 || chmod(STATE_ROOT, 03775) != 0) return 1;
  if (mkdir(OUTPUT_ROOT, 0775) != 0 || chmod(OUTPUT_ROOT, 03775) != 0) return 1;
  return 0;
}
