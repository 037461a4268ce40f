/*
 * The two modes that run on the host, as the worker: they put a session's workspace, run folder and door where a
 * sandbox that runs already sees them appear, and take them away again. One program, because each tool started by
 * itself costs as much as all of this.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOP_ATTEMPTS 64

/* @return an open loop device on the file, that frees itself at its last unmount; its path in `name` */
static int loop_open(const char *path, char *name, size_t size) {
  int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  int loop = -1;
  for (int attempt = 0; file >= 0 && control >= 0 && loop < 0 && attempt < LOOP_ATTEMPTS; attempt++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) break;
    snprintf(name, size, "/dev/loop%d", number);
    loop = open(name, O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = (uint32_t)file, .info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
    if (loop < 0 || ioctl(loop, LOOP_CONFIGURE, &config) == 0) continue;
    /* EBUSY: another worker took the same number between the two calls. */
    int refused = errno;
    close(loop);
    loop = -1;
    if (refused != EBUSY) break;
  }
  if (file >= 0) close(file);
  if (control >= 0) close(control);
  return loop;
}

/* Read-only before it is shown: the flag of a mount that has spread already does not spread after it. */
static bool show(const char *source, const char *stage, const char *target) {
  const unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;
  if (mount(source, stage, NULL, MS_BIND, NULL) != 0) return false;
  bool shown = mount(NULL, stage, NULL, MS_PRIVATE, NULL) == 0 && mount(NULL, stage, NULL, flags, NULL) == 0 &&
               mount(stage, target, NULL, MS_BIND, NULL) == 0;
  return umount2(stage, MNT_DETACH) == 0 && shown;
}

static bool disk_mount(const char *path, const char *target) {
  char device[64];
  int loop = loop_open(path, device, sizeof device);
  bool mounted = loop >= 0 && mount(device, target, "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME, "discard") == 0;
  if (!mounted) perror("deckhand: the workspace's disk");
  if (loop >= 0) close(loop);
  return mounted;
}

/* seat FOLDER STAGE DISK RUN DOOR: FOLDER has `workspace` and `run`; each of the last three may be empty */
int mode_seat(char **path) {
  char workspace[4096], run[4096], door[4096];
  snprintf(workspace, sizeof workspace, "%s/workspace", path[0]);
  snprintf(run, sizeof run, "%s/run", path[0]);
  snprintf(door, sizeof door, "%s/run/door", path[0]);
  if (path[2][0] && !disk_mount(path[2], workspace)) return 1;
  if ((!path[3][0] || show(path[3], path[1], run)) && (!path[4][0] || show(path[4], path[1], door))) return 0;
  perror("deckhand: seat");
  return 1;
}

/* unseat FOLDER: also what was seated in part */
int mode_unseat(char **path) {
  static const char *const places[] = {"run/door", "run", "workspace"};
  for (size_t at = 0; at < sizeof places / sizeof *places; at++) {
    char place[4096];
    snprintf(place, sizeof place, "%s/%s", path[0], places[at]);
    while (umount2(place, UMOUNT_NOFOLLOW) == 0) {
    }
    if (errno == EBUSY && umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return 1;
  }
  return 0;
}
