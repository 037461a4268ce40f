#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool output_open(struct output *output, const char *key, size_t keep, uint64_t file_max) {
  memset(output, 0, sizeof *output);
  output->file = -1;
  output->keep = keep;
  output->file_left = file_max;
  output->head = malloc(keep + 1);
  output->tail = malloc(keep / 2 + 1);
  snprintf(output->path, sizeof output->path, OUTPUT_ROOT "/%s.txt", key);
  if (output->head && output->tail) return true;
  output_close(output);
  return false;
}

static void file_add(struct output *output, const unsigned char *data, size_t length) {
  if (length > output->file_left || output->file < 0) output->file_cut = true;
  if (output->file < 0) return;
  if (length > output->file_left) length = output->file_left;
  output->file_left -= length;
  while (length) {
    ssize_t written = write(output->file, data, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      output->disk_full = errno == ENOSPC || errno == EDQUOT;
      output->file_left = 0;
      output->file_cut = true;
      break;
    }
    data += written;
    length -= (size_t)written;
  }
  if (output->file_left) return;
  close(output->file);
  output->file = -1;
}

/* Only output that does not fit into a result needs a file. O_EXCL: nobody's planted link is followed. */
static void file_open(struct output *output) {
  output->file = open(output->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
  output->has_file = output->file >= 0;
  if (output->file < 0) output->disk_full = errno == ENOSPC || errno == EDQUOT;
  file_add(output, output->head, output->head_length);
}

static void tail_add(struct output *output, const unsigned char *data, size_t length) {
  size_t size = output->keep / 2;
  if (!size) return;
  if (length > size) {
    data += length - size;
    length = size;
  }
  size_t first = size - output->tail_at;
  if (first > length) first = length;
  memcpy(output->tail + output->tail_at, data, first);
  memcpy(output->tail, data + first, length - first);
  output->tail_at = (output->tail_at + length) % size;
}

void output_add(struct output *output, const unsigned char *data, size_t length) {
  bool was_whole = output->total <= output->keep;
  output->total += length;
  tail_add(output, data, length);
  if (was_whole && output->total > output->keep) file_open(output);
  if (output->total > output->keep) file_add(output, data, length);
  size_t room = output->keep - output->head_length;
  if (room > length) room = length;
  memcpy(output->head + output->head_length, data, room);
  output->head_length += room;
}

void output_take(struct output *output, struct bytes *to, size_t *head, size_t *tail) {
  size_t half = output->keep / 2;
  bool whole = output->total <= output->keep;
  *head = whole ? output->head_length : output->keep - half;
  *tail = whole ? 0 : half;
  bytes_append(to, output->head, *head);
  if (!*tail) return;
  bytes_append(to, output->tail + output->tail_at, half - output->tail_at);
  bytes_append(to, output->tail, output->tail_at);
}

void output_close(struct output *output) {
  if (output->file >= 0) close(output->file);
  output->file = -1;
  free(output->head);
  free(output->tail);
  output->head = output->tail = NULL;
}
