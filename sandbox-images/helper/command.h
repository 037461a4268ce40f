/* The inside of a command: command.c takes requests about it, supervise.c sees it to its end. */
#ifndef DECKHAND_COMMAND_H
#define DECKHAND_COMMAND_H

#include "helper.h"

#define WATCHERS_MAX 4

struct watcher {
  struct connection *connection;
  uint32_t id;
};

struct command {
  char key[KEY_MAX + 1];
  pid_t keeper; /* 0 once it has been reaped */
  int output_fd, status_fd, word;
  bool claimed;
  bool ended;          /* the shell is gone and `word` is its wait status */
  bool done;           /* the record stands */
  const char *refused; /* which limit kept the shell from starting */
  const char *stopped; /* "timed_out" or "cancelled" once we stop it */
  int64_t started, deadline, finish_at, live_at;
  size_t live_left;
  uint64_t live_skipped;
  struct limits before;
  struct output output;
  struct watcher watchers[WATCHERS_MAX];
  struct bytes record;
  struct command *next;
};

/* Newest first. */
extern struct command *commands;

void command_stop(struct command *command, const char *why);
void command_finish(struct command *command);

#endif
