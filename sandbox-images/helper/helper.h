/* The parts of the sandbox helper and what they ask of each other. Every mode runs without any privilege. */
#ifndef DECKHAND_HELPER_H
#define DECKHAND_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WORKSPACE "/workspace"
#define STATE_ROOT WORKSPACE "/.deckhand"
#define OUTPUT_ROOT STATE_ROOT "/output"
#define KEY_MAX 128
/* Larger frames are a fault of the peer and end the connection. */
#define FRAME_MAX (1 << 20)
#define FRAME_HEADER 9

/* ---- bytes.c: growing buffers and frames (type, id u32 LE, length u32 LE, payload) ---- */
struct bytes {
  unsigned char *data;
  size_t length, capacity;
};
bool bytes_append(struct bytes *to, const void *data, size_t length);
void bytes_consume(struct bytes *from, size_t length);
void bytes_free(struct bytes *bytes);

struct frame {
  char type;
  uint32_t id;
  size_t length;
  const unsigned char *payload;
};
/* 1: a whole frame lies at the start of `from`; 0: not yet; -1: it breaks the rules. */
int frame_take(const struct bytes *from, struct frame *frame);
bool frame_append(struct bytes *to, char type, uint32_t id, const void *payload, size_t length);

/* ---- state.c: what a person's runner leaves on the workspace's disk ---- */
bool workspace_prepared(void);
/* Makes the private folder of the calling uid. @return false when somebody else holds its name. */
bool state_open(void);
const char *state_path(const char *name, char *into, size_t size);
enum claim { CLAIM_NEW, CLAIM_TAKEN, CLAIM_MEMORY_ONLY };
enum claim state_claim(const char *key);
bool state_claimed(const char *key);
void state_keep(const char *key, const struct bytes *record);
bool state_read(const char *key, struct bytes *record);
bool key_valid(const char *key);

/* ---- fence.c: which claim on the session the host noted last ---- */
/* Is there a newer claim than the one that asks? 0 asks without a claim and is never refused. */
bool fenced(uint64_t epoch);

/* ---- limits.c: which limit of the sandbox was met ---- */
struct limits {
  long oom_kills, fork_refusals;
};
struct limits limits_read(void);
const char *limits_note(const struct limits *before, bool disk_full);

/* ---- output.c: head and tail in memory, the whole in a file, the rest only counted ---- */
struct output {
  uint64_t total, file_left;
  size_t keep, head_length, tail_at;
  unsigned char *head, *tail;
  int file;
  bool has_file, file_cut, disk_full;
  char path[sizeof OUTPUT_ROOT + KEY_MAX + 8];
};
bool output_open(struct output *output, const char *key, size_t keep, uint64_t file_max);
void output_add(struct output *output, const unsigned char *data, size_t length);
/* Appends the kept head and tail; their lengths go to the two pointers. */
void output_take(struct output *output, struct bytes *to, size_t *head, size_t *tail);
void output_close(struct output *output);

/* ---- tree.c: signals to a process and all that descends from it ---- */
void tree_signal(pid_t root, int signal);
/* Freezes the tree first, so that a fork bomb cannot outrun the kills. `root` and the spared trees stay. */
void tree_kill(pid_t root, const pid_t *spared, size_t spared_count);

/* ---- connection.c: one attached worker ---- */
struct download;
struct upload;
struct connection {
  int fd;
  bool broken;
  struct bytes in, out;
  struct download *downloads;
  struct upload *uploads;
  struct connection *next;
};
void connection_send(struct connection *to, char type, uint32_t id, const void *payload, size_t length);
void connection_error(struct connection *to, uint32_t id, const char *what);

/* ---- files.c: reading and writing files as the person ---- */
void file_read(struct connection *connection, uint32_t id, const char *path, uint64_t max);
void file_write(struct connection *connection, uint32_t id, const char *path, uint64_t size, uint64_t epoch);
void file_data(struct connection *connection, uint32_t id, const unsigned char *data, size_t length);
void files_pump(struct connection *connection);
void files_close(struct connection *connection);

/* ---- spawn.c: a command and its keeper ---- */
/* Starts `bash -lc script` under a keeper. @return the keeper's pid, or -1 with errno. */
pid_t spawn(const char *script, const char *workdir, int *output_fd, int *status_fd);
/* Becomes `bash -lc script` in a session of its own, with these three descriptors and no others. */
_Noreturn void script_exec(const char *script, const char *workdir, int input, int output, int error);

/* ---- command.c: the keyed commands of one person; command.h has their inside ---- */
struct pollfd;
struct order {
  const char *key, *workdir, *script;
  uint64_t timeout_ms, keep, file_max;
};
void command_run(struct connection *connection, uint32_t id, const struct order *order);
void command_join(struct connection *connection, uint32_t id, const char *key);
void command_find(struct connection *connection, uint32_t id, const char *key);
void command_cancel(const char *key);
void command_forget(const struct connection *connection);

/* ---- supervise.c: what happens to running commands ---- */
size_t commands_poll(struct pollfd *fds, size_t max);
void commands_ready(const struct pollfd *fds, size_t count);
/* Acts on deadlines. @return milliseconds to the next one, -1 for none. */
int commands_tick(void);

/* ---- forward.c: the way from the sandbox's loopback to the door ---- */
/* @return what to poll for reading; -1 where no door was mounted */
int forward_open(void);
/* Does what is due. @return milliseconds to the next call, -1 for none. */
int forward_tick(void);

/* ---- main.c ---- */
int64_t now_ms(void);
/* Closes every descriptor from `first` up but one (-1: none). */
void close_from(int first, int but);

/* ---- the modes ---- */
int mode_init(void);
int mode_attach(void);
int mode_sweep(void);
/* Removes the calling uid's shared memory, queues and semaphores, also those with names. @return whether all went in time */
bool leftovers_clear(void);
int mode_prepare(void);
int mode_wait(void);
int mode_serve(uint64_t epoch, const char *script);
/* On the host; arguments after the mode's name. */
int mode_seat(char **path);
int mode_unseat(char **path);
/* Serves a listening socket until killed. */
void runner(int listener);

#endif
