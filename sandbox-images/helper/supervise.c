#include "command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TERM_TO_KILL_MS 2000
#define KILL_TO_GIVE_UP_MS 3000
/* What a shell's last pipes (`> >(tee log)`) may still bring after it has ended. */
#define DRAIN_MS 50
/* Live output is progress, not truth: beyond this rate it is left out, and never more waits for a slow worker. */
#define LIVE_BYTES 65536
#define LIVE_EVERY_MS 50
#define LIVE_WAITING_MAX (256 * 1024)

void command_stop(struct command *command, const char *why) {
  command->stopped = why;
  command->deadline = now_ms() + TERM_TO_KILL_MS;
  tree_signal(command->keeper, SIGTERM);
}

/* What a killed keeper leaves behind falls to the runner: all its descendants that no living keeper holds. */
static void orphans_kill(void) {
  pid_t keepers[1024];
  size_t count = 0;
  for (struct command *at = commands; at && count < 1024; at = at->next)
    if (at->keeper) keepers[count++] = at->keeper;
  tree_kill(getpid(), keepers, count);
}

static const char *outcome_of(const struct command *command) {
  if (command->stopped) return command->stopped;
  if (command->refused) return "exited";
  if (!command->ended) return "interrupted";
  return WIFEXITED(command->word) ? "exited" : "signalled";
}

static int code_of(const struct command *command) {
  if (command->refused) return 126;
  if (!command->ended) return -1;
  return WIFEXITED(command->word) ? WEXITSTATUS(command->word) : 128 + WTERMSIG(command->word);
}

static void record_write(struct command *command) {
  const char *note = command->refused ? command->refused : limits_note(&command->before, command->output.disk_full);
  bool lost = !command->ended && !command->stopped && !command->refused;
  if (lost && strcmp(note, "none") == 0) note = "supervisor";
  struct bytes kept = {0};
  size_t head, tail;
  char line[256];
  output_take(&command->output, &kept, &head, &tail);
  int length = snprintf(line, sizeof line, "outcome=%s code=%d bytes=%llu file=%d ms=%lld note=%s head=%zu tail=%zu\n",
                        outcome_of(command), code_of(command), (unsigned long long)command->output.total,
                        command->output.has_file + (command->output.has_file && command->output.file_cut), (long long)(now_ms() - command->started), note, head, tail);
  bytes_append(&command->record, line, (size_t)length);
  bytes_append(&command->record, kept.data, kept.length);
  bytes_free(&kept);
}

void command_finish(struct command *command) {
  if (command->stopped && command->keeper) tree_kill(command->keeper, NULL, 0);
  if (!command->ended && !command->refused) orphans_kill();
  record_write(command);
  output_close(&command->output);
  if (command->claimed) state_keep(command->key, &command->record);
  command->done = true;
  if (command->status_fd >= 0) close(command->status_fd);
  command->status_fd = -1;
  for (size_t at = 0; at < WATCHERS_MAX; at++) {
    struct watcher *to = &command->watchers[at];
    if (to->connection) connection_send(to->connection, 'S', to->id, command->record.data, command->record.length);
    to->connection = NULL;
  }
}

static void live_send(struct command *command, const unsigned char *data, size_t length) {
  int64_t now = now_ms();
  if (now >= command->live_at + LIVE_EVERY_MS) {
    command->live_at = now;
    command->live_left = LIVE_BYTES;
  }
  if (length > command->live_left) {
    command->live_skipped += length;
    return;
  }
  command->live_left -= length;
  char gap[64];
  int gap_length = snprintf(gap, sizeof gap, "\n[… %llu bytes not shown …]\n", (unsigned long long)command->live_skipped);
  for (size_t at = 0; at < WATCHERS_MAX; at++) {
    struct watcher *to = &command->watchers[at];
    if (!to->connection || to->connection->out.length > LIVE_WAITING_MAX) continue;
    if (command->live_skipped) connection_send(to->connection, 'O', to->id, gap, (size_t)gap_length);
    connection_send(to->connection, 'O', to->id, data, length);
  }
  command->live_skipped = 0;
}

static void output_ready(struct command *command) {
  static unsigned char block[65536];
  for (int turn = 0; turn < 16; turn++) {
    ssize_t length = read(command->output_fd, block, sizeof block);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) {
      close(command->output_fd);
      command->output_fd = -1;
      return;
    }
    /* What a background process prints after the end is read, so that it does not block, and dropped. */
    if (command->done) continue;
    output_add(&command->output, block, (size_t)length);
    live_send(command, block, (size_t)length);
  }
}

static void status_ready(struct command *command) {
  int word;
  ssize_t length = read(command->status_fd, &word, sizeof word);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length == sizeof word) {
    /* A negative word is the errno of the keeper's fork. */
    if (word < 0) command->refused = word == -EAGAIN ? "processes" : "memory";
    command->ended = word >= 0;
    command->word = word;
    command->finish_at = now_ms() + DRAIN_MS;
    if (command->stopped) tree_kill(command->keeper, NULL, 0);
    return;
  }
  close(command->status_fd);
  command->status_fd = -1;
  if (!command->finish_at) command->finish_at = now_ms();
}

size_t commands_poll(struct pollfd *fds, size_t max) {
  size_t count = 0;
  for (struct command *command = commands; command && count + 2 <= max; command = command->next) {
    if (command->output_fd >= 0) fds[count++] = (struct pollfd){command->output_fd, POLLIN, 0};
    if (command->status_fd >= 0) fds[count++] = (struct pollfd){command->status_fd, POLLIN, 0};
  }
  return count;
}

static bool ready(const struct pollfd *fds, size_t count, int fd) {
  for (size_t at = 0; fd >= 0 && at < count; at++)
    if (fds[at].fd == fd) return fds[at].revents != 0;
  return false;
}

void commands_ready(const struct pollfd *fds, size_t count) {
  for (struct command *command = commands; command; command = command->next) {
    if (ready(fds, count, command->output_fd)) output_ready(command);
    if (ready(fds, count, command->status_fd)) status_ready(command);
  }
}

static void reap(void) {
  for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
    for (struct command *command = commands; command; command = command->next)
      if (command->keeper == pid) command->keeper = 0;
}

static void deadline_met(struct command *command, int64_t now) {
  if (!command->stopped) {
    command_stop(command, "timed_out");
    return;
  }
  /* The agent may have stopped its own keeper. */
  if (command->keeper) kill(command->keeper, SIGCONT);
  tree_kill(command->keeper, NULL, 0);
  command->finish_at = now + KILL_TO_GIVE_UP_MS;
}

int commands_tick(void) {
  int64_t next = -1, now = now_ms();
  for (struct command *command = commands; command; command = command->next) {
    if (command->done) continue;
    if (command->finish_at && (command->output_fd < 0 || now >= command->finish_at)) {
      command_finish(command);
      continue;
    }
    if (!command->finish_at && now >= command->deadline) deadline_met(command, now);
    int64_t wait = command->finish_at ? command->finish_at : command->deadline;
    if (next < 0 || wait < next) next = wait;
  }
  reap();
  if (next < 0) return -1;
  return next > now ? (int)(next - now > 60000 ? 60000 : next - now) : 0;
}
