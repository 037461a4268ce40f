/*
 * A program that a worker talks to over this process's own standard streams, for as long as the worker's claim stands:
 * what a worker says that was overtaken does not reach it. It ends with the stream, and all that it started with it.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 500
/* From the end of its input to the end of a program that does not end by itself. */
#define LEAVE_MS 1000
/* sysexits.h: a later try, by whoever has the claim, may do. */
#define EXIT_FENCED 75

struct way {
  int from, to;
  size_t at, length;
  char block[65536];
};

static struct way in, out;

static void way_shut(struct way *way) {
  if (way->from >= 0) close(way->from);
  if (way->to >= 0) close(way->to);
  way->from = way->to = -1;
}

/* Reads only what there is room for, so that neither side can fill our memory. */
static void way_read(struct way *way) {
  ssize_t length = read(way->from, way->block, sizeof way->block);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) {
    way_shut(way);
    return;
  }
  way->at = 0;
  way->length = (size_t)length;
}

static void way_write(struct way *way) {
  ssize_t written = write(way->to, way->block + way->at, way->length);
  if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (written < 0) {
    way_shut(way);
    return;
  }
  way->at += (size_t)written;
  way->length -= (size_t)written;
}

static struct pollfd way_poll(const struct way *way) {
  if (way->from < 0) return (struct pollfd){-1, 0, 0};
  return way->length ? (struct pollfd){way->to, POLLOUT, 0} : (struct pollfd){way->from, POLLIN, 0};
}

static void way_ready(struct way *way, short events) {
  if (!events || way->from < 0) return;
  if (way->length) way_write(way);
  else way_read(way);
}

static bool start(const char *script) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) return false;
  pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) script_exec(script, WORKSPACE, input[0], output[1], STDERR_FILENO);
  close(input[0]);
  close(output[1]);
  in = (struct way){.from = STDIN_FILENO, .to = input[1]};
  out = (struct way){.from = output[0], .to = STDOUT_FILENO};
  const int ends[] = {in.from, in.to, out.from, out.to};
  for (size_t at = 0; at < 4; at++) fcntl(ends[at], F_SETFL, fcntl(ends[at], F_GETFL) | O_NONBLOCK);
  return true;
}

static void reap(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

static void relay(uint64_t epoch, int64_t *leave_at) {
  struct pollfd fds[2] = {way_poll(&in), way_poll(&out)};
  poll(fds, 2, LOOK_MS);
  if (fenced(epoch)) {
    fprintf(stderr, "deckhand: another worker has taken over\n");
    tree_kill(getpid(), NULL, 0);
    _exit(EXIT_FENCED);
  }
  way_ready(&in, fds[0].revents);
  way_ready(&out, fds[1].revents);
  if (in.from < 0 && !*leave_at) *leave_at = now_ms() + LEAVE_MS;
}

int mode_serve(uint64_t epoch, const char *script) {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (fenced(epoch)) {
    fprintf(stderr, "deckhand: another worker has taken over\n");
    return EXIT_FENCED;
  }
  if (!start(script)) {
    perror("deckhand: cannot start the program");
    return 1;
  }
  int64_t leave_at = 0;
  /* Its output decides: a program whose output has ended says nothing more, whatever it has running. */
  while (out.from >= 0 && !(leave_at && now_ms() >= leave_at)) {
    relay(epoch, &leave_at);
    reap();
  }
  tree_kill(getpid(), NULL, 0);
  return 0;
}
