#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

const char *state_path(const char *name, char *into, size_t size) {
  snprintf(into, size, "%s/%s", folder, name);
  return into;
}

static bool own_folder(const char *path) {
  struct stat found;
  mkdir(path, 0700);
  return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() &&
         (found.st_mode & 0077) == 0;
}

bool workspace_prepared(void) {
  struct stat found;
  return lstat(OUTPUT_ROOT, &found) == 0 && S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX);
}

bool state_open(void) {
  char path[128];
  /* An exec into a new container may overtake its PID 1. */
  for (int turn = 0; turn < 3000 && !workspace_prepared(); turn++) usleep(1000);
  snprintf(folder, sizeof folder, STATE_ROOT "/u%u", (unsigned)geteuid());
  mode_t before = umask(0077);
  bool ours = own_folder(folder) && own_folder(state_path("commands", path, sizeof path)) &&
              own_folder(state_path("home", path, sizeof path));
  umask(before);
  return ours;
}

bool key_valid(const char *key) {
  size_t length = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
  return length > 0 && length <= KEY_MAX && key[length] == 0 && strcmp(key, ".") != 0 && strcmp(key, "..") != 0;
}

static void key_path(const char *key, const char *rest, char *into, size_t size) {
  snprintf(into, size, "%s/commands/%s%s", folder, key, rest);
}

/* The folder is the claim: made once, it outlives the runner and the container. */
enum claim state_claim(const char *key) {
  char path[320];
  key_path(key, "", path, sizeof path);
  if (mkdir(path, 0700) == 0) return CLAIM_NEW;
  /* A full disk must not keep a person from the command that would free it. */
  return errno == EEXIST ? CLAIM_TAKEN : CLAIM_MEMORY_ONLY;
}

bool state_claimed(const char *key) {
  char path[320];
  key_path(key, "", path, sizeof path);
  return access(path, F_OK) == 0;
}

void state_keep(const char *key, const struct bytes *record) {
  char draft[320], final[320];
  key_path(key, "/draft", draft, sizeof draft);
  key_path(key, "/record", final, sizeof final);
  int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return;
  bool whole = write(file, record->data, record->length) == (ssize_t)record->length;
  if (close(file) == 0 && whole) rename(draft, final);
  else unlink(draft);
}

bool state_read(const char *key, struct bytes *record) {
  char path[320], block[65536];
  key_path(key, "/record", path, sizeof path);
  int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length;
  while ((length = read(file, block, sizeof block)) > 0 && record->length + (size_t)length <= FRAME_MAX)
    if (!bytes_append(record, block, (size_t)length)) break;
  close(file);
  return record->length > 0;
}
