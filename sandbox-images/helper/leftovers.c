/* What outlives processes without being a file of the workspace: nothing of one turn is there in the next. */
#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever leaves more than goes in this time loses the whole sandbox but for its workspace: see `Seat.sweep`. */
#define CLEAR_MS 2000

/* The kernel lets nobody remove what is another's, so all are tried. */
static void system_v_clear(const char *list, int (*drop)(int id)) {
  FILE *file = fopen(list, "re");
  char line[512];
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    int key, id;
    if (sscanf(line, "%d %d", &key, &id) == 2) drop(id);
  }
  fclose(file);
}

static int segment_drop(int id) { return shmctl(id, IPC_RMID, NULL); }
static int queue_drop(int id) { return msgctl(id, IPC_RMID, NULL); }
static int semaphores_drop(int id) { return semctl(id, 0, IPC_RMID); }

static bool is_dot(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static DIR *folder_open(int at, const char *name) {
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (fd >= 0 && !folder) close(fd);
  return folder;
}

/* Removes a folder's files and lifts its folders to the top, where they are next: no tree is too deep. @return whether it went */
static bool folder_clear(int top, const char *name) {
  static unsigned long lifted;
  /* A link in its place is not followed: this changes what is there by itself, or nothing. */
  DIR *folder = folder_open(top, name);
  if (!folder && errno == EACCES && fchmodat(top, name, 0700, AT_SYMLINK_NOFOLLOW) == 0) folder = folder_open(top, name);
  if (!folder) return false;
  fchmod(dirfd(folder), 0700);
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (is_dot(entry->d_name) || unlinkat(dirfd(folder), entry->d_name, 0) == 0) continue;
    char fresh[64];
    snprintf(fresh, sizeof fresh, "lifted.%d.%lu", (int)getpid(), lifted++);
    fchmodat(dirfd(folder), entry->d_name, 0700, AT_SYMLINK_NOFOLLOW);
    renameat(dirfd(folder), entry->d_name, top, fresh);
  }
  closedir(folder);
  return unlinkat(top, name, AT_REMOVEDIR) == 0;
}

/* @return whether there was time for all of it */
static bool tree_clear(const char *path, int64_t until) {
  for (bool again = true; again;) {
    again = false;
    DIR *top = folder_open(AT_FDCWD, path);
    if (!top) return true;
    for (struct dirent *entry; (entry = readdir(top));) {
      if (is_dot(entry->d_name)) continue;
      if (now_ms() > until) {
        closedir(top);
        return false;
      }
      if (unlinkat(dirfd(top), entry->d_name, 0) == 0 || folder_clear(dirfd(top), entry->d_name)) again = true;
    }
    closedir(top);
  }
  return true;
}

bool leftovers_clear(void) {
  int64_t until = now_ms() + CLEAR_MS;
  system_v_clear("/proc/sysvipc/shm", segment_drop);
  system_v_clear("/proc/sysvipc/msg", queue_drop);
  system_v_clear("/proc/sysvipc/sem", semaphores_drop);
  return tree_clear("/dev/shm", until) && tree_clear("/dev/mqueue", until);
}
