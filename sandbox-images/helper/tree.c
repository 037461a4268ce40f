#include "helper.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TREE_MAX 8192

struct process {
  pid_t pid, parent;
  char state;
  bool descends;
};

static struct process processes[TREE_MAX];

/* The name in /proc/PID/stat may hold spaces and brackets: only the last `)` ends it. */
static bool process_read(const char *pid, struct process *process) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file) return false;
  size_t length = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[length] = 0;
  const char *after = strrchr(line, ')');
  process->pid = atoi(pid);
  process->descends = false;
  return after && sscanf(after + 1, " %c %d", &process->state, &process->parent) == 2;
}

static size_t processes_read(void) {
  DIR *proc = opendir("/proc");
  size_t count = 0;
  if (!proc) return 0;
  for (struct dirent *entry; count < TREE_MAX && (entry = readdir(proc));)
    if (isdigit((unsigned char)*entry->d_name) && process_read(entry->d_name, &processes[count])) count++;
  closedir(proc);
  return count;
}

static size_t descendants_mark(pid_t root, const pid_t *spared, size_t spared_count) {
  size_t count = processes_read();
  for (size_t at = 0; at < count; at++)
    for (size_t spare = 0; spare < spared_count; spare++)
      if (processes[at].pid == spared[spare]) processes[at].parent = 0;
  for (bool found = true; found;) {
    found = false;
    for (size_t child = 0; child < count; child++) {
      if (processes[child].descends) continue;
      bool under = processes[child].parent == root;
      for (size_t at = 0; !under && at < count; at++)
        under = processes[at].descends && processes[at].pid == processes[child].parent;
      processes[child].descends = under;
      found |= under;
    }
  }
  return count;
}

/* Pid 0 is the parent of everything that was not born in here: never a root. */
void tree_signal(pid_t root, int signal) {
  if (root <= 0) return;
  size_t count = descendants_mark(root, NULL, 0);
  for (size_t at = 0; at < count; at++)
    if (processes[at].descends) kill(processes[at].pid, signal);
}

/* @return how many descendants were alive and not yet stopped */
static size_t round_of(pid_t root, const pid_t *spared, size_t spared_count, int signal) {
  size_t awake = 0, count = descendants_mark(root, spared, spared_count);
  for (size_t at = 0; at < count; at++) {
    if (!processes[at].descends || strchr("ZX", processes[at].state)) continue;
    if (signal == SIGKILL || !strchr("Tt", processes[at].state)) awake++;
    kill(processes[at].pid, signal);
  }
  return awake;
}

void tree_kill(pid_t root, const pid_t *spared, size_t spared_count) {
  static const int steps[] = {SIGSTOP, SIGKILL};
  const struct timespec moment = {.tv_nsec = 1000000};
  if (root <= 0) return;
  for (size_t step = 0; step < 2; step++)
    for (int round = 0; round < 100 && round_of(root, spared, spared_count, steps[step]); round++)
      nanosleep(&moment, NULL);
}
