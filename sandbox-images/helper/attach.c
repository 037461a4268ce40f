/* What a worker's exec starts: finds or starts the person's runner and relays between it and the worker. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  state_path("socket", at.sun_path, sizeof at.sun_path);
  return at;
}

static int runner_connect(void) {
  struct sockaddr_un at = address();
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/* Bound and listening before the fork, so that nobody has to wait for the runner to come up. */
static void runner_start(int lock) {
  struct sockaddr_un at = address();
  unlink(at.sun_path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  umask(0077);
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 64) != 0) {
    perror("deckhand: the runner's socket");
    return;
  }
  if (fork() == 0) {
    setsid();
    umask(0002);
    close(lock);
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
    if (nothing > 2) close(nothing);
    runner(listener);
  }
  close(listener);
}

static int runner_reach(void) {
  int fd = runner_connect();
  if (fd >= 0) return fd;
  char path[128];
  int lock = open(state_path("lock", path, sizeof path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock >= 0) flock(lock, LOCK_EX);
  fd = runner_connect();
  if (fd < 0) {
    /* A socket without a listener: what its dead runner left running is nobody's any more. */
    if (errno == ECONNREFUSED) mode_sweep();
    runner_start(lock);
    fd = runner_connect();
  }
  if (lock >= 0) close(lock);
  return fd;
}

static bool pass_on(int from, int to) {
  static char block[65536];
  ssize_t length = read(from, block, sizeof block);
  if (length < 0 && errno == EINTR) return true;
  if (length <= 0) return false;
  for (ssize_t done = 0; done < length;) {
    ssize_t written = write(to, block + done, (size_t)(length - done));
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) done += written;
  }
  return true;
}

int mode_attach(void) {
  signal(SIGPIPE, SIG_IGN);
  if (!state_open()) {
    fprintf(stderr, "deckhand: " STATE_ROOT "/u%u is not ours: %s\n", (unsigned)geteuid(), strerror(errno));
    return 1;
  }
  int runner_fd = runner_reach();
  if (runner_fd < 0) {
    fprintf(stderr, "deckhand: no runner: %s\n", strerror(errno));
    return 1;
  }
  struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {runner_fd, POLLIN, 0}};
  for (;;) {
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[0].revents && !pass_on(STDIN_FILENO, runner_fd)) return 0;
    if (fds[1].revents && !pass_on(runner_fd, STDOUT_FILENO)) return 0;
  }
}
