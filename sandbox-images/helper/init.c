/* PID 1, and the two small modes that keep a sandbox in order. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* @return whether PID 1 is asked to end */
static bool signals_take(int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info)
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) return true;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  return false;
}

int mode_init(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  umask(0002);
  /* Before the workspace, whose readiness lets commands in: none may take the port. */
  struct pollfd fds[] = {{signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0},
                         {forward_open(), POLLIN, 0},
                         /* In a sandbox made in advance the workspace comes later: the kernel tells of it here. */
                         {open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), POLLPRI, 0}};
  mode_prepare();
  for (int wait_ms = -1;;) {
    if (poll(fds, 3, wait_ms) < 0) continue;
    if (fds[0].revents && signals_take(fds[0].fd)) return 0;
    if (fds[1].fd >= 0) wait_ms = forward_tick();
    if (fds[2].revents) mode_prepare();
  }
}

/* kill(-1) is one walk under the kernel's task lock that nothing can fork past; a pause lets the killed be gone. */
int mode_sweep(void) {
  for (int round = 0; round < 3; round++) {
    if (kill(-1, SIGKILL) != 0 && errno == ESRCH) break;
    usleep(2000);
  }
  return leftovers_clear() ? 0 : 1;
}

static bool shared_folder(const char *path) {
  return (mkdir(path, 0775) == 0 || errno == EEXIST) && chmod(path, 03775) == 0;
}

/*
 * The sticky bit lets several people share the folders without renaming each other's entries. The output folder's
 * comes last: it is how `state_open` sees that all is done.
 */
int mode_prepare(void) {
  if (workspace_prepared()) return 0;
  rmdir(WORKSPACE "/lost+found");
  if (chown(WORKSPACE, -1, getegid()) != 0 || chmod(WORKSPACE, 02775) != 0) return 1;
  return !shared_folder(STATE_ROOT) || !shared_folder(OUTPUT_ROOT);
}
