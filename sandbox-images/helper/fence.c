/*
 * The host writes a file `epoch.N` into the sandbox's run folder, which is read-only here, whenever a worker takes the
 * session over. A worker that was paused meanwhile may still hold a stream into the sandbox: it is refused by this.
 */
#include "helper.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define RUN_FOLDER "/run/deckhand"
#define PREFIX "epoch."

bool fenced(uint64_t epoch) {
  DIR *folder = epoch ? opendir(RUN_FOLDER) : NULL;
  if (!folder) return false;
  uint64_t newest = 0;
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0) continue;
    uint64_t found = strtoull(entry->d_name + sizeof PREFIX - 1, NULL, 10);
    if (found > newest) newest = found;
  }
  closedir(folder);
  return epoch < newest;
}
