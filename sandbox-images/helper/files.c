/* Files go through the runner, so that the kernel judges every path as the person's own. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536
/* A slow worker holds a read back instead of filling the runner's memory. */
#define OUT_ENOUGH (4 * CHUNK)

struct download {
  uint32_t id;
  int fd;
  uint64_t left;
  struct download *next;
};

struct upload {
  uint32_t id;
  int fd, failed;
  uint64_t left, epoch;
  char path[4096], draft[4128];
  struct upload *next;
};

static const char *word_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return "missing";
    case EACCES:
    case EPERM:
    case EROFS: return "denied";
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "full";
    case EISDIR:
    case ELOOP:
    case ENXIO: return "not_a_file";
    default: return strerror(error);
  }
}

void file_read(struct connection *connection, uint32_t id, const char *path, uint64_t max) {
  struct stat found;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) {
    connection_error(connection, id, word_for(errno));
    return;
  }
  struct download *download = malloc(sizeof *download);
  const char *fault = NULL;
  if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) fault = "not_a_file";
  else if ((uint64_t)found.st_size > max) fault = "too_large";
  else if (!download) fault = "no memory";
  if (fault) {
    connection_error(connection, id, fault);
    free(download);
    close(fd);
    return;
  }
  *download = (struct download){id, fd, max, connection->downloads};
  connection->downloads = download;
}

/* @return whether the download is over */
static bool download_step(struct connection *connection, struct download *download) {
  unsigned char block[CHUNK];
  ssize_t length = read(download->fd, block, sizeof block);
  if (length > 0 && (uint64_t)length <= download->left) {
    download->left -= (uint64_t)length;
    connection_send(connection, 'D', download->id, block, (size_t)length);
    return false;
  }
  if (length == 0) connection_send(connection, 'A', download->id, NULL, 0);
  else connection_error(connection, download->id, length > 0 ? "too_large" : word_for(errno));
  return true;
}

void files_pump(struct connection *connection) {
  for (struct download **at = &connection->downloads; *at && connection->out.length < OUT_ENOUGH;) {
    struct download *download = *at;
    if (!download_step(connection, download)) continue;
    *at = download->next;
    close(download->fd);
    free(download);
  }
}

static void parents_make(const char *path) {
  char part[4096];
  snprintf(part, sizeof part, "%s", path);
  for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(part, 0775);
    *slash = '/';
  }
}

static void upload_end(struct connection *connection, struct upload **at) {
  struct upload *upload = *at;
  *at = upload->next;
  if (upload->fd >= 0 && close(upload->fd) != 0 && !upload->failed) upload->failed = errno;
  /* Here, for the upload may have taken long: nothing of an older claim lands after a newer one has begun. */
  bool late = !upload->failed && fenced(upload->epoch);
  if (late) upload->failed = ECANCELED;
  if (!upload->failed && rename(upload->draft, upload->path) != 0) upload->failed = errno;
  if (upload->failed) {
    if (upload->fd >= 0) unlink(upload->draft);
    connection_error(connection, upload->id, late ? "fenced" : word_for(upload->failed));
  } else connection_send(connection, 'A', upload->id, NULL, 0);
  free(upload);
}

/* Written beside its place and renamed: a reader never sees half a file, a full disk never costs the old one. */
void file_write(struct connection *connection, uint32_t id, const char *path, uint64_t size, uint64_t epoch) {
  struct stat found;
  struct upload *upload = calloc(1, sizeof *upload);
  if (!upload) {
    connection_error(connection, id, "no memory");
    return;
  }
  *upload = (struct upload){.id = id, .fd = -1, .left = size, .epoch = epoch, .next = connection->uploads};
  bool exists = stat(path, &found) == 0;
  snprintf(upload->path, sizeof upload->path, "%s", path);
  snprintf(upload->draft, sizeof upload->draft, "%s.draft-%d-%u", path, (int)getpid(), id);
  if (exists && !S_ISREG(found.st_mode)) upload->failed = EISDIR;
  else {
    parents_make(path);
    upload->fd = open(upload->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? found.st_mode & 0777 : 0664);
    if (upload->fd < 0) upload->failed = errno;
  }
  connection->uploads = upload;
  if (size == 0) upload_end(connection, &connection->uploads);
}

void file_data(struct connection *connection, uint32_t id, const unsigned char *data, size_t length) {
  struct upload **at = &connection->uploads;
  while (*at && (*at)->id != id) at = &(*at)->next;
  struct upload *upload = *at;
  if (!upload) return;
  if (length > upload->left) length = upload->left;
  upload->left -= length;
  for (size_t done = 0; done < length && !upload->failed;) {
    ssize_t written = write(upload->fd, data + done, length - done);
    if (written >= 0) done += (size_t)written;
    else if (errno != EINTR) upload->failed = errno;
  }
  if (upload->left == 0) upload_end(connection, at);
}

void files_close(struct connection *connection) {
  while (connection->downloads) {
    struct download *download = connection->downloads;
    connection->downloads = download->next;
    close(download->fd);
    free(download);
  }
  while (connection->uploads) {
    struct upload *upload = connection->uploads;
    connection->uploads = upload->next;
    if (upload->fd >= 0) {
      close(upload->fd);
      unlink(upload->draft);
    }
    free(upload);
  }
}
