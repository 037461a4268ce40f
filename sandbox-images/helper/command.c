#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNNING_MAX 32
#define KEPT_MAX 64
#define KEEP_MAX (FRAME_MAX / 2)

struct command *commands;

static struct command *command_by_key(const char *key) {
  struct command *command = commands;
  while (command && strcmp(command->key, key) != 0) command = command->next;
  return command;
}

static void watch(struct command *command, struct connection *connection, uint32_t id) {
  for (size_t at = 0; at < WATCHERS_MAX; at++) {
    if (command->watchers[at].connection) continue;
    command->watchers[at] = (struct watcher){connection, id};
    return;
  }
  connection_error(connection, id, "too many watchers");
}

/* The newest are remembered beyond their disk record, which a full disk may have refused. */
static void forget_oldest(void) {
  size_t kept = 0;
  for (struct command **at = &commands; *at;) {
    struct command *command = *at;
    if (!command->done || command->keeper || command->output_fd >= 0 || ++kept <= KEPT_MAX) {
      at = &command->next;
      continue;
    }
    *at = command->next;
    bytes_free(&command->record);
    free(command);
  }
}

static size_t running_count(void) {
  size_t count = 0;
  for (struct command *command = commands; command; command = command->next) count += !command->done;
  return count;
}

/* @return false without the memory to follow it */
static bool begin(struct command *command, const struct order *order) {
  size_t keep = order->keep > KEEP_MAX ? KEEP_MAX : order->keep;
  if (!output_open(&command->output, order->key, keep, order->file_max)) return false;
  snprintf(command->key, sizeof command->key, "%s", order->key);
  command->before = limits_read();
  command->started = now_ms();
  command->deadline = command->started + (int64_t)order->timeout_ms;
  command->output_fd = command->status_fd = -1;
  /* The claim comes first: between the two a crash leaves `interrupted`, never a second run. */
  command->claimed = state_claim(order->key) == CLAIM_NEW;
  command->keeper = spawn(order->script, order->workdir, &command->output_fd, &command->status_fd);
  if (command->keeper > 0) return true;
  command->keeper = 0;
  command->refused = errno == EAGAIN ? "processes" : "memory";
  command->finish_at = command->started;
  return true;
}

void command_run(struct connection *connection, uint32_t id, const struct order *order) {
  if (command_by_key(order->key) || state_claimed(order->key)) {
    command_join(connection, id, order->key);
    return;
  }
  struct command *command = running_count() < RUNNING_MAX ? calloc(1, sizeof *command) : NULL;
  if (!command || !begin(command, order)) {
    free(command);
    connection_error(connection, id, "too many commands");
    return;
  }
  watch(command, connection, id);
  /* Told at once, for then only this runner knows that the key has run. */
  if (!command->claimed) connection_send(connection, 'M', id, NULL, 0);
  command->next = commands;
  commands = command;
  forget_oldest();
}

/* A claim without a record: its runner or its container died under it. */
static const char CUT_OFF[] = "outcome=interrupted code=-1 bytes=0 file=0 ms=0 note=lost head=0 tail=0\n";

void command_join(struct connection *connection, uint32_t id, const char *key) {
  struct command *command = command_by_key(key);
  if (command && !command->done) {
    watch(command, connection, id);
    return;
  }
  struct bytes record = {0};
  if (command) bytes_append(&record, command->record.data, command->record.length);
  else if (state_claimed(key) && !state_read(key, &record)) bytes_append(&record, CUT_OFF, sizeof CUT_OFF - 1);
  if (record.length) connection_send(connection, 'S', id, record.data, record.length);
  else connection_send(connection, 'N', id, NULL, 0);
  bytes_free(&record);
}

void command_find(struct connection *connection, uint32_t id, const char *key) {
  struct command *command = command_by_key(key);
  if (command && !command->done) connection_send(connection, 'B', id, NULL, 0);
  else command_join(connection, id, key);
}

void command_cancel(const char *key) {
  struct command *command = command_by_key(key);
  if (command && !command->done && !command->stopped) command_stop(command, "cancelled");
}

void command_forget(const struct connection *connection) {
  for (struct command *command = commands; command; command = command->next)
    for (size_t at = 0; at < WATCHERS_MAX; at++)
      if (command->watchers[at].connection == connection) command->watchers[at].connection = NULL;
}
