/* What the tests put between the program and the C library, by LD_PRELOAD.
 *
 * Every call that can change a file is wrapped. One on a path under SHIM_ROOTS has a key (call, path, ordinal) that is the
 * same in every run: the path is relative to the root, with what differs from run to run as `#`, and the ordinal counts the
 * calls of this name on this path from 1. Sockets, pipes and the terminal have no path under a root, and pass untouched.
 *
 *   SHIM_ROOTS   folders, separated by `:`; without it nothing is counted
 *   SHIM_RECORD  a file to which every key is appended, as `call|path|ordinal`
 *   SHIM_FAULT   lines of `call|path|ordinal|action`; `*` in place of a path or an ordinal stands for any
 *   SHIM_MARK    a file that is made when a fault strikes
 *   SHIM_MOUNT   folders, separated by `:`, on the file systems that `power` shuts down
 *   SHIM_AS      words: what the program is to look like to the disk, wrongly (see `lies`)
 *   SHIM_UNREADABLE  the number of a file (its inode) of which no byte can be read
 *   SHIM_CLOCK   see clock.c
 *
 * Actions, all before the call: `kill`; `torn`, half of what is to be written and then death; `power`, the file system loses
 * what was not synced and the program dies; `torn-power`; `stop`, the program stands still until SIGCONT; `errno=N`, the call fails; `sticky=N`, it and every one after it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define PATHS 8192

/* The C library's own `syscall`: every real call is made through it, so that no wrapper can call another. */
extern HIDDEN long (*shim_raw(void))(long, ...);
#define RAW(...) (shim_raw()(__VA_ARGS__))

/* The key's path of what `path` means in the folder `at`, or of the open file `at` when `path` is null; 0 when it is under
 * no root. */
HIDDEN int shim_path(char *key, int at, const char *path);

/* What is to become of a call. */
enum fate { PASS, FAIL, TORN };
/* Counts a call and looks its key up. FAIL has set errno; of a death, this does not return. `key` as `shim_path` made it. */
HIDDEN enum fate shim_fate(const char *call, const char *key);
/* After half of a write: what remains of TORN. */
HIDDEN void shim_end(void);

/* Deliberate mistakes, to see whether the tests notice: `nofsync` and `nodirsync` (files and folders are not synced but said
 * to be), `replace-rename` (a rename may replace), `follow-links` (links are followed wherever that was ruled out). */
HIDDEN int shim_lies(const char *word);

/* Most calls: fail or go on. */
#define GUARD(call, at, path)                                   \
    do {                                                        \
        char key[PATHS];                                        \
        if (shim_path(key, at, path) && shim_fate(call, key)) { \
            if (errno == 0)                                     \
                shim_end();                                     \
            return -1;                                          \
        }                                                       \
    } while (0)
