#include "helper.h"

#include <stdlib.h>
#include <string.h>

bool bytes_append(struct bytes *to, const void *data, size_t length) {
  if (to->length + length > to->capacity) {
    size_t capacity = to->capacity ? to->capacity : 4096;
    while (capacity < to->length + length) capacity *= 2;
    unsigned char *grown = realloc(to->data, capacity);
    if (!grown) return false;
    to->data = grown;
    to->capacity = capacity;
  }
  if (length) memcpy(to->data + to->length, data, length);
  to->length += length;
  return true;
}

void bytes_consume(struct bytes *from, size_t length) {
  from->length -= length;
  if (from->length) memmove(from->data, from->data + length, from->length);
  else if (from->capacity > FRAME_MAX) bytes_free(from);
}

void bytes_free(struct bytes *bytes) {
  free(bytes->data);
  memset(bytes, 0, sizeof *bytes);
}

static uint32_t read_u32(const unsigned char *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void write_u32(unsigned char *at, uint32_t value) {
  for (int byte = 0; byte < 4; byte++) at[byte] = value >> (8 * byte);
}

int frame_take(const struct bytes *from, struct frame *frame) {
  if (from->length < FRAME_HEADER) return 0;
  frame->type = (char)from->data[0];
  frame->id = read_u32(from->data + 1);
  frame->length = read_u32(from->data + 5);
  frame->payload = from->data + FRAME_HEADER;
  if (frame->length > FRAME_MAX) return -1;
  return from->length >= FRAME_HEADER + frame->length;
}

bool frame_append(struct bytes *to, char type, uint32_t id, const void *payload, size_t length) {
  unsigned char header[FRAME_HEADER] = {(unsigned char)type};
  write_u32(header + 1, id);
  write_u32(header + 5, (uint32_t)length);
  size_t before = to->length;
  if (bytes_append(to, header, sizeof header) && bytes_append(to, payload, length)) return true;
  to->length = before;
  return false;
}
