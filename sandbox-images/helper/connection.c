#include "helper.h"

#include <string.h>

/* Without memory the frame is lost and the connection with it: a half-told peer is worse than one that asks again. */
void connection_send(struct connection *to, char type, uint32_t id, const void *payload, size_t length) {
  if (!frame_append(&to->out, type, id, payload, length)) to->broken = true;
}

void connection_error(struct connection *to, uint32_t id, const char *what) {
  connection_send(to, 'E', id, what, strlen(what));
}
