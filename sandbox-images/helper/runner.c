/* One person's runner: a single thread that serves attached workers and sees commands to their end. */
#include "helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define FDS_MAX 1024
#define FIELDS_MAX 7

static struct connection *connections;

/* A request is fields with a zero byte after each. @return how many, 0 when it is not so */
static size_t fields_split(const struct frame *frame, const char **fields) {
  size_t count = 0, at = 0;
  if (!frame->length || frame->payload[frame->length - 1] != 0) return 0;
  while (at < frame->length) {
    if (count == FIELDS_MAX) return 0;
    fields[count++] = (const char *)frame->payload + at;
    at += strlen((const char *)frame->payload + at) + 1;
  }
  return count;
}

static bool request(struct connection *from, const struct frame *frame) {
  if (frame->type == 'D') {
    file_data(from, frame->id, frame->payload, frame->length);
    return true;
  }
  const char *field[FIELDS_MAX];
  size_t count = fields_split(frame, field);
  bool keyed = count > 0 && key_valid(field[0]);
  if (frame->type == 'R' && count == 7 && keyed) {
    if (fenced(strtoull(field[5], NULL, 10))) {
      connection_error(from, frame->id, "fenced");
      return true;
    }
    const struct order order = {
        .key = field[0],
        .workdir = field[1],
        .timeout_ms = strtoull(field[2], NULL, 10),
        .keep = strtoull(field[3], NULL, 10),
        .file_max = strtoull(field[4], NULL, 10),
        .script = field[6],
    };
    command_run(from, frame->id, &order);
  } else if (frame->type == 'J' && count == 1 && keyed) command_join(from, frame->id, field[0]);
  else if (frame->type == 'F' && count == 1 && keyed) command_find(from, frame->id, field[0]);
  else if (frame->type == 'C' && count == 2 && keyed) {
    if (!fenced(strtoull(field[1], NULL, 10))) command_cancel(field[0]);
  }
  else if (frame->type == 'G' && count == 2) file_read(from, frame->id, field[0], strtoull(field[1], NULL, 10));
  else if (frame->type == 'P' && count == 3)
    file_write(from, frame->id, field[0], strtoull(field[1], NULL, 10), strtoull(field[2], NULL, 10));
  else return false;
  return true;
}

static void receive(struct connection *from) {
  static unsigned char block[65536];
  ssize_t length = recv(from->fd, block, sizeof block, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0 || !bytes_append(&from->in, block, (size_t)length)) {
    from->broken = true;
    return;
  }
  struct frame frame;
  int whole;
  while ((whole = frame_take(&from->in, &frame)) > 0 && !from->broken) {
    if (!request(from, &frame)) from->broken = true;
    bytes_consume(&from->in, FRAME_HEADER + frame.length);
  }
  if (whole < 0) from->broken = true;
}

static void flush(struct connection *to) {
  if (!to->out.length) return;
  ssize_t length = send(to->fd, to->out.data, to->out.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (length > 0) bytes_consume(&to->out, (size_t)length);
  else if (errno != EAGAIN && errno != EINTR) to->broken = true;
}

static void admit(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  size_t count = 0;
  for (struct connection *at = connections; at; at = at->next) count++;
  struct connection *connection = fd >= 0 && count < CONNECTIONS_MAX ? calloc(1, sizeof *connection) : NULL;
  if (!connection) {
    if (fd >= 0) close(fd);
    return;
  }
  connection->fd = fd;
  connection->next = connections;
  connections = connection;
}

/* A worker that went away takes nothing with it: its commands run on. */
static void drop_broken(void) {
  for (struct connection **at = &connections; *at;) {
    struct connection *connection = *at;
    if (!connection->broken) {
      at = &connection->next;
      continue;
    }
    *at = connection->next;
    command_forget(connection);
    files_close(connection);
    bytes_free(&connection->in);
    bytes_free(&connection->out);
    close(connection->fd);
    free(connection);
  }
}

static size_t poll_list(struct pollfd *fds, int listener) {
  size_t count = 0;
  fds[count++] = (struct pollfd){listener, POLLIN, 0};
  for (struct connection *at = connections; at; at = at->next)
    fds[count++] = (struct pollfd){at->fd, at->out.length ? POLLIN | POLLOUT : POLLIN, 0};
  return count + commands_poll(fds + count, FDS_MAX - count);
}

void runner(int listener) {
  static struct pollfd fds[FDS_MAX];
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (;;) {
    int wait_ms = commands_tick();
    for (struct connection *at = connections; at; at = at->next) {
      files_pump(at);
      flush(at);
    }
    drop_broken();
    size_t count = poll_list(fds, listener);
    if (poll(fds, count, wait_ms) < 0) continue;
    size_t at = 1;
    for (struct connection *from = connections; from; from = from->next, at++)
      if (fds[at].revents & (POLLIN | POLLHUP | POLLERR)) receive(from);
    commands_ready(fds, count);
    if (fds[0].revents) admit(listener);
  }
}
