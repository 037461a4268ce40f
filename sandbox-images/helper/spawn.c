#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void signals_default(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* When memory runs out the kernel should take the command, not the runner that must report it. */
static void first_to_go(void) {
  int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  if (write(file, "800", 3) != 3) perror("oom_score_adj");
  close(file);
}

_Noreturn void script_exec(const char *script, const char *workdir, int input, int output, int error) {
  setsid();
  signals_default();
  umask(0002);
  first_to_go();
  dup2(input, 0);
  dup2(output, 1);
  dup2(error, 2);
  close_from(3, -1);
  if (chdir(workdir) != 0) {
    fprintf(stderr, "deckhand: cannot enter %s: %s\n", workdir, strerror(errno));
    _exit(126);
  }
  execl("/bin/bash", "bash", "-lc", script, (char *)NULL);
  if (errno == ENOENT) execl("/bin/sh", "sh", "-lc", script, (char *)NULL);
  fprintf(stderr, "deckhand: cannot start the shell: %s\n", strerror(errno));
  _exit(errno == E2BIG ? 126 : 127);
}

_Noreturn static void command(const char *script, const char *workdir, int output) {
  script_exec(script, workdir, open("/dev/null", O_RDONLY), output, output);
}

/*
 * One keeper a command: as a subreaper it adopts whatever the command orphans, so that its descendants are the
 * command, whatever sessions and groups they make. It stays while any of them lives.
 */
_Noreturn static void keeper(const char *script, const char *workdir, int output, int status) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  pid_t main_child = fork();
  if (main_child == 0) command(script, workdir, output);
  int refused = errno;
  close_from(0, status);
  if (main_child < 0) {
    int none = -refused;
    _exit(write(status, &none, sizeof none) != sizeof none);
  }
  for (int word;;) {
    pid_t ended = waitpid(-1, &word, 0);
    if (ended < 0 && errno == ECHILD) _exit(0);
    if (ended == main_child && write(status, &word, sizeof word) != sizeof word) _exit(1);
  }
}

pid_t spawn(const char *script, const char *workdir, int *output_fd, int *status_fd) {
  int output[2], status[2];
  if (pipe2(output, O_CLOEXEC) != 0) return -1;
  if (pipe2(status, O_CLOEXEC) != 0) {
    close(output[0]);
    close(output[1]);
    return -1;
  }
  /* A larger pipe lets a chatty command and the runner take turns less often; refusal does not matter. */
  fcntl(output[1], F_SETPIPE_SZ, 1 << 18);
  pid_t pid = fork();
  if (pid == 0) keeper(script, workdir, output[1], status[1]);
  int refused = errno;
  close(output[1]);
  close(status[1]);
  if (pid < 0) {
    close(output[0]);
    close(status[0]);
    errno = refused;
    return -1;
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  fcntl(status[0], F_SETFL, O_NONBLOCK);
  *output_fd = output[0];
  *status_fd = status[0];
  return pid;
}
