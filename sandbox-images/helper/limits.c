/* Reads the sandbox's own control group: version 1 and version 2 put the same facts in different files. */
#include "helper.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

static long counter(const char *path, const char *name) {
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  char word[64];
  long value = 0, found = 0;
  while (fscanf(file, "%63s %ld", word, &value) == 2)
    if (strcmp(word, name) == 0) found = value;
  fclose(file);
  return found;
}

struct limits limits_read(void) {
  return (struct limits){
      .oom_kills = counter("/sys/fs/cgroup/memory.events", "oom_kill") +
                   counter("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill"),
      .fork_refusals = counter("/sys/fs/cgroup/pids.events", "max") + counter("/sys/fs/cgroup/pids/pids.events", "max"),
  };
}

static bool full(const char *path) {
  struct statvfs disk;
  return statvfs(path, &disk) == 0 && disk.f_blocks > 0 && (disk.f_bavail * disk.f_frsize < 65536 || disk.f_favail < 8);
}

const char *limits_note(const struct limits *before, bool disk_full) {
  struct limits now = limits_read();
  if (now.oom_kills > before->oom_kills) return "memory";
  if (now.fork_refusals > before->fork_refusals) return "processes";
  if (disk_full || full(WORKSPACE)) return "disk";
  return full("/tmp") ? "tmp" : "none";
}
