/*
 * The forwarder: who connects to 127.0.0.1:3128 reaches the door's socket. No process, thread or buffer of its own for
 * a connection: bytes are looked at, passed on, and only then taken, so that they wait in the kernel and memory stays
 * the same however many connections are slow.
 */
#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DOOR "/run/deckhand/door"
#define DOOR_SOCKET DOOR "/egress.sock"
#define PORT 3128
#define BACKLOG 4096
#define LINKS_MAX 2000
/* How long a door that restarts, or is too busy to accept, is waited for. */
#define DOOR_WAIT_MS 3000
#define RETRY_MS 10
/* Blocks that one link may carry before the others have their turn. */
#define BURST 16

/* DISCARDING: who should receive has gone, but what it said last may still be on its way to who sends. */
enum flow { FLOWING, DISCARDING, ENDED };
enum progress { IDLE, MORE, BROKEN };

struct link {
  int client, door; /* -1: none */
  enum flow up, down;
  int64_t since;
  bool queued; /* in `busy` */
  struct link *next;
};

static struct link links[LINKS_MAX], *unused, *waiting, **waiting_end = &waiting;
/* What edge-triggered events will not announce again. */
static struct link *busy[2 * LINKS_MAX];
static size_t busy_count;
static int events = -1, listener = -1;
static bool listening;

static const char NO_DOOR[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                              "Deckhand's way out of this sandbox is not open right now. Try again in a moment.\n";

static void listen_again(bool on) {
  struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.ptr = NULL};
  if (on != listening && epoll_ctl(events, EPOLL_CTL_MOD, listener, &event) == 0) listening = on;
}

static void link_close(struct link *link, bool abruptly) {
  /* A reset: a download that was cut off must not look like one that ended. */
  struct linger reset = {.l_onoff = 1};
  if (abruptly) setsockopt(link->client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(link->client);
  if (link->door >= 0) close(link->door);
  link->client = link->door = -1;
  link->next = unused;
  unused = link;
  listen_again(true);
}

static void link_queue(struct link *link) {
  if (link->queued) return;
  link->queued = true;
  busy[busy_count++] = link;
}

static enum progress carry(int from, int to, enum flow *flow) {
  static char block[65536];
  for (int turn = 0; turn < BURST && *flow != ENDED; turn++) {
    ssize_t length = recv(from, block, sizeof block, *flow == FLOWING ? MSG_PEEK : 0);
    if (length < 0) return errno == EAGAIN || errno == EINTR ? IDLE : BROKEN;
    if (length == 0) {
      shutdown(to, SHUT_WR);
      *flow = ENDED;
      return IDLE;
    }
    if (*flow == DISCARDING) continue;
    ssize_t sent = send(to, block, (size_t)length, MSG_NOSIGNAL);
    if (sent > 0 && recv(from, block, (size_t)sent, 0) != sent) return BROKEN;
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return IDLE;
    if (sent < 0) *flow = DISCARDING;
  }
  return *flow == ENDED ? IDLE : MORE;
}

static bool hung_up(int fd) {
  struct pollfd peer = {.fd = fd};
  return poll(&peer, 1, 0) == 1 && (peer.revents & POLLHUP);
}

static void pump(struct link *link) {
  if (link->client < 0 || link->door < 0) return;
  enum progress down = carry(link->door, link->client, &link->down);
  /* A door that closed both ways: a client that keeps the connection for later must learn that there is no later. */
  if (link->down == ENDED && link->up == FLOWING && hung_up(link->door)) link->up = DISCARDING;
  enum progress up = carry(link->client, link->door, &link->up);
  if (up == BROKEN || down == BROKEN) link_close(link, true);
  else if (link->down == DISCARDING || (link->down == ENDED && link->up != FLOWING)) link_close(link, false);
  else if (up == MORE || down == MORE) link_queue(link);
}

/* @return false while the door cannot take it */
static bool link_connect(struct link *link) {
  struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = DOOR_SOCKET};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
    if (fd >= 0) close(fd);
    return false;
  }
  link->door = fd;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = link};
  if (epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) != 0 || epoll_ctl(events, EPOLL_CTL_ADD, link->client, &event) != 0)
    link_close(link, true);
  return true;
}

static void refuse(struct link *link) {
  char request[4096];
  /* Taken first: a socket closed over unread bytes resets, and the client would not see why. */
  while (recv(link->client, request, sizeof request, 0) > 0) {
  }
  if (send(link->client, NO_DOOR, sizeof NO_DOOR - 1, MSG_NOSIGNAL) > 0) shutdown(link->client, SHUT_WR);
  link_close(link, false);
}

/* In the order they came; the first that the full door turns away ends the round. */
static void waiting_connect(void) {
  int64_t now = now_ms();
  while (waiting) {
    struct link *link = waiting, *next = link->next;
    bool connected = link_connect(link);
    if (!connected && now - link->since < DOOR_WAIT_MS) return;
    if (!connected) refuse(link);
    waiting = next;
    if (!waiting) waiting_end = &waiting;
  }
}

static void admit(void) {
  const int on = 1;
  while (unused) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct link *link = unused;
    unused = link->next;
    *link = (struct link){.client = fd, .door = -1, .since = now_ms(), .queued = link->queued};
    *waiting_end = link;
    waiting_end = &link->next;
  }
  listen_again(false);
}

int forward_open(void) {
  struct rlimit files;
  if (access(DOOR, F_OK) != 0) return -1;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  events = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, BACKLOG) != 0 ||
      epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) != 0)
    return -1;
  listening = true;
  for (size_t at = 0; at < LINKS_MAX; at++) {
    links[at] = (struct link){.client = -1, .door = -1, .next = unused};
    unused = &links[at];
  }
  return events;
}

int forward_tick(void) {
  struct epoll_event ready[256];
  int count = epoll_wait(events, ready, 256, 0);
  bool calls = false;
  for (int at = 0; at < count; at++) {
    if (ready[at].data.ptr) link_queue(ready[at].data.ptr);
    else calls = true;
  }
  size_t round = busy_count;
  for (size_t at = 0; at < round; at++) {
    busy[at]->queued = false;
    pump(busy[at]);
  }
  memmove(busy, busy + round, (busy_count - round) * sizeof *busy);
  busy_count -= round;
  if (calls) admit();
  waiting_connect();
  return busy_count ? 0 : waiting ? RETRY_MS : -1;
}
